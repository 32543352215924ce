//! An archive as files of a limited size. What is written to its end and on the disk is in a list beside the parts, by which the next
//! run knows it again. Never trusts a part that is not what the list says.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use bundle_format::digest::{Running, Sha256Hex};

use crate::failure::Failure;
use crate::output::file_failure;

use super::{Destination, Part};

/// How much is read at a time of what was written before.
const CHUNK: usize = 1 << 20;

/// An archive that is being written.
pub(super) struct Parts {
    folder: PathBuf,
    name: String,
    limit: u64,
    total: u64,
    /// The first line of the list: which archive this is.
    archive: String,
    done: Vec<Part>,
    open: Option<Open>,
}

/// The part that is being written.
struct Open {
    file: File,
    path: PathBuf,
    size: u64,
    digest: Running,
}

impl Parts {
    /// Finds what is there already of an archive with this name and so many bytes.
    pub(super) fn open(destination: &Destination<'_>, name: &Sha256Hex, total: u64) -> Result<Self, Failure> {
        let folder = destination.folder.to_path_buf();
        fs::create_dir_all(&folder).map_err(|error| file_failure("create", &folder, &error))?;
        let mut parts = Self {
            folder,
            name: destination.name.to_owned(),
            limit: destination.part_size,
            total,
            archive: format!("{} {}", name.as_str(), destination.part_size),
            done: Vec::new(),
            open: None,
        };
        parts.find_done()?;
        parts.find_open()?;
        parts.write_list()?;
        Ok(parts)
    }

    /// How many bytes of the archive are written.
    pub(super) fn written(&self) -> u64 {
        let done: u64 = self.done.iter().map(|part| part.size).sum();
        done + self.open.as_ref().map_or(0, |open| open.size)
    }

    /// Writes on.
    pub(super) fn write(&mut self, mut bytes: &[u8]) -> Result<(), Failure> {
        while !bytes.is_empty() {
            let mut open = match self.open.take() {
                Some(open) => open,
                None => self.begin()?,
            };
            let room = usize::try_from(self.limit - open.size).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            open.file.write_all(now).map_err(|error| file_failure("write", &open.path, &error))?;
            open.digest.update(now);
            open.size += now.len() as u64;
            bytes = later;
            if open.size == self.limit {
                self.complete(open)?;
            } else {
                self.open = Some(open);
            }
        }
        Ok(())
    }

    /// Hands over `length` bytes that were written before, from a place on.
    pub(super) fn read_back(
        &self,
        begin: u64,
        length: u64,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Failure> {
        let files = self.done.iter().map(|part| (part.path.as_path(), part.size));
        let open = self.open.iter().map(|open| (open.path.as_path(), open.size));
        let (mut start, end) = (0, begin + length);
        for (path, size) in files.chain(open) {
            let (from, to) = (begin.max(start), end.min(start + size));
            if from < to {
                read_range(path, from - start, to - from, take)?;
            }
            start += size;
        }
        Ok(())
    }

    /// Brings what is written to the disk, so that the next run finds it.
    pub(super) fn keep(&self) -> Result<(), Failure> {
        match &self.open {
            Some(open) => open.file.sync_all().map_err(|error| file_failure("write", &open.path, &error)),
            None => Ok(()),
        }
    }

    /// Takes back everything from a place on, which may lie in parts that were complete.
    pub(super) fn forget_from(&mut self, place: u64) -> Result<(), Failure> {
        self.open = None;
        remove(&self.unfinished())?;
        while self.written() > place {
            let Some(part) = self.done.pop() else { break };
            remove(&part.path)?;
        }
        self.write_list()
    }

    /// Completes the last part and returns all of them.
    pub(super) fn finish(mut self) -> Result<Vec<Part>, Failure> {
        if let Some(open) = self.open.take() {
            self.complete(open)?;
        }
        // An archive that was here before may have had more parts, and whoever joins them takes what is there.
        for number in self.done.len() + 1.. {
            let path = self.path(number);
            if !path.exists() {
                break;
            }
            remove(&path)?;
        }
        Ok(self.done)
    }

    fn begin(&self) -> Result<Open, Failure> {
        let path = self.unfinished();
        let file = File::create(&path).map_err(|error| file_failure("create", &path, &error))?;
        Ok(Open { file, path, size: 0, digest: Running::default() })
    }

    fn complete(&mut self, open: Open) -> Result<(), Failure> {
        let path = self.path(self.done.len() + 1);
        open.file.sync_all().map_err(|error| file_failure("write", &open.path, &error))?;
        fs::rename(&open.path, &path).map_err(|error| file_failure("rename", &open.path, &error))?;
        self.done.push(Part { path, size: open.size, sha256: open.digest.finish() });
        self.write_list()
    }

    /// Takes over the parts that the list of a run before names, as far as they are what it says.
    fn find_done(&mut self) -> Result<(), Failure> {
        let list = fs::read_to_string(self.list()).unwrap_or_default();
        let mut lines = list.lines();
        if lines.next() != Some(self.archive.as_str()) {
            return remove(&self.unfinished());
        }
        let listed: Vec<&str> = lines.collect();
        for (place, line) in listed.iter().enumerate() {
            let path = self.path(place + 1);
            let Ok(sha256) = Sha256Hex::try_from((*line).to_owned()) else { break };
            let Ok(size) = fs::metadata(&path).map(|found| found.len()) else { break };
            let expected = self.limit.min(self.total - self.written());
            if size != expected || digest_of(&path)?.finish() != sha256 {
                break;
            }
            self.done.push(Part { path, size, sha256 });
        }
        // The unfinished part comes after all that are listed.
        if self.done.len() == listed.len() { Ok(()) } else { remove(&self.unfinished()) }
    }

    /// Goes on with a part that was not finished: its bytes are proven with the part of an image that they belong to.
    fn find_open(&mut self) -> Result<(), Failure> {
        let path = self.unfinished();
        let Ok(size) = fs::metadata(&path).map(|found| found.len()) else { return Ok(()) };
        if size == 0 || size >= self.limit.min(self.total - self.written()) {
            return remove(&path);
        }
        let file = OpenOptions::new().append(true).open(&path);
        let file = file.map_err(|error| file_failure("open", &path, &error))?;
        self.open = Some(Open { file, size, digest: digest_of(&path)?, path });
        Ok(())
    }

    fn write_list(&self) -> Result<(), Failure> {
        let lines = self.done.iter().map(|part| part.sha256.as_str());
        let text: Vec<&str> = std::iter::once(self.archive.as_str()).chain(lines).collect();
        let path = self.list();
        let beside = path.with_extension("new");
        fs::write(&beside, text.join("\n") + "\n").map_err(|error| file_failure("write", &beside, &error))?;
        fs::rename(&beside, &path).map_err(|error| file_failure("rename", &beside, &error))
    }

    fn path(&self, number: usize) -> PathBuf {
        self.folder.join(format!("{}.part{number:04}", self.name))
    }

    fn unfinished(&self) -> PathBuf {
        self.folder.join(format!(".{}.unfinished", self.name))
    }

    fn list(&self) -> PathBuf {
        self.folder.join(format!(".{}.parts", self.name))
    }
}

fn digest_of(path: &Path) -> Result<Running, Failure> {
    let mut digest = Running::default();
    read_range(path, 0, u64::MAX, &mut |bytes| digest.update(bytes))?;
    Ok(digest)
}

fn read_range(path: &Path, from: u64, length: u64, take: &mut dyn FnMut(&[u8])) -> Result<(), Failure> {
    let failed = |error: &std::io::Error| file_failure("read", path, error);
    let mut file = File::open(path).map_err(|error| failed(&error))?;
    file.seek(SeekFrom::Start(from)).map_err(|error| failed(&error))?;
    let mut file = file.take(length);
    let mut buffer = vec![0; CHUNK];
    loop {
        let read = file.read(&mut buffer).map_err(|error| failed(&error))?;
        if read == 0 {
            return Ok(());
        }
        take(buffer.get(..read).unwrap_or_default());
    }
}

fn remove(path: &Path) -> Result<(), Failure> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(file_failure("remove", path, &error))
        }
        _ => Ok(()),
    }
}
