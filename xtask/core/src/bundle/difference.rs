//! Where two archives differ first: which file, which byte of it, or which field of its header. Trusts the first of the two, which was
//! built here; the other is only compared.

use std::fmt;
use std::io::Read as _;

use super::unpack::LIMITS;

/// Where an archive differs from the one that was built here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The files are the same; the compression is not, from this byte on.
    Compression(usize),
    /// The content of a file, from this byte of it on.
    Content(String, usize),
    /// A field of a file's header.
    Header(String, &'static str),
    /// What comes after the last file.
    End,
    /// It cannot be unpacked; the compressed bytes differ from this one on.
    Unreadable(usize),
}

/// The fields of a header (POSIX ustar): where each begins.
const FIELDS: &[(usize, &str)] = &[
    (0, "name"),
    (100, "mode"),
    (108, "owner"),
    (116, "group"),
    (124, "size"),
    (136, "time"),
    (148, "checksum"),
    (156, "kind"),
    (157, "link"),
    (257, "format"),
    (265, "owner's name"),
    (297, "group's name"),
    (329, "device"),
    (345, "folder of the name"),
    (500, "filling"),
];

/// The first difference of an archive from the one that was built here; none where they are the same bytes.
#[must_use]
pub fn first(built: &[u8], other: &[u8]) -> Option<Difference> {
    let packed = position(built, other)?;
    let unreadable = Some(Difference::Unreadable(packed));
    let Some(own) = unpacked(built, LIMITS.unpacked) else { return unreadable };
    // What unpacks to more than ours differs by then, and may unpack to anything.
    let Some(unpacked) = unpacked(other, own.len() as u64 + 1) else { return unreadable };
    Some(position(&own, &unpacked).map_or(Difference::Compression(packed), |at| locate(&own, at)))
}

/// The first byte that differs, or by which one is longer.
fn position(one: &[u8], other: &[u8]) -> Option<usize> {
    let differs = one.iter().zip(other).position(|(one, other)| one != other);
    differs.or_else(|| (one.len() != other.len()).then(|| one.len().min(other.len())))
}

/// Unpacks one up to so many bytes; none where it is damaged before that, or is shorter and has something behind it.
fn unpacked(archive: &[u8], most: u64) -> Option<Vec<u8>> {
    let mut gzip = flate2::bufread::GzDecoder::new(archive);
    let mut bytes = Vec::new();
    let read = gzip.by_ref().take(most).read_to_end(&mut bytes).ok()?;
    (read as u64 == most || gzip.into_inner().is_empty()).then_some(bytes)
}

/// What lies at a byte of the archive that was built here.
fn locate(tar: &[u8], at: usize) -> Difference {
    let mut reader = tar::Archive::new(tar);
    let Ok(entries) = reader.entries() else { return Difference::End };
    for entry in entries.map_while(Result::ok) {
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let at_header = usize::try_from(entry.raw_header_position()).unwrap_or(usize::MAX);
        let at_file = usize::try_from(entry.raw_file_position()).unwrap_or(usize::MAX);
        let end = at_file.saturating_add(usize::try_from(entry.size()).unwrap_or(usize::MAX));
        if at < at_file {
            let within = at.saturating_sub(at_header);
            let field = FIELDS.iter().rev().find(|(begin, _)| *begin <= within);
            return Difference::Header(path, field.map_or("name", |(_, name)| name));
        }
        if at < end.next_multiple_of(512) {
            return Difference::Content(path, at - at_file);
        }
    }
    Difference::End
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compression(at) => {
                write!(
                    formatter,
                    "every file is the same and only the compression differs, from byte {at} on"
                )
            }
            Self::Content(path, at) => write!(formatter, "`{path}` differs first, from byte {at} on"),
            Self::Header(path, field) => write!(formatter, "`{path}` differs first, in its {field}"),
            Self::End => formatter.write_str("what follows its last file differs"),
            Self::Unreadable(at) => write!(formatter, "it cannot be unpacked; its bytes differ from {at} on"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::archive::{Member, archive};
    use super::*;

    fn built(files: &[(&str, &str, bool)], seconds: u64) -> Vec<u8> {
        let mut members = Vec::new();
        for (path, content, executable) in files {
            members.push(Member { path, content: content.as_bytes(), executable: *executable });
        }
        archive(&members, seconds).unwrap()
    }

    fn regzipped(archive: &[u8]) -> Vec<u8> {
        use std::io::Write as _;
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
        gzip.write_all(&unpacked(archive, LIMITS.unpacked).unwrap()).unwrap();
        gzip.finish().unwrap()
    }

    /// The same files and zeros behind them, at about a byte for a thousand.
    fn bomb(archive: &[u8]) -> Vec<u8> {
        use std::io::Write as _;
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(&unpacked(archive, LIMITS.unpacked).unwrap()).unwrap();
        gzip.write_all(&vec![0; 8 << 20]).unwrap();
        gzip.finish().unwrap()
    }

    #[test]
    fn the_first_difference_is_named_by_file_and_byte_or_field() {
        let one = built(&[("a", "first", false), ("b/c", "second", false)], 7);
        let content = |path: &str, at| Some(Difference::Content(path.to_owned(), at));
        let header = |path: &str, field| Some(Difference::Header(path.to_owned(), field));
        for (other, wanted) in [
            (one.clone(), None),
            (built(&[("a", "fiRst", false), ("b/c", "other!", false)], 7), content("a", 2)),
            (built(&[("a", "first", false), ("b/c", "seconD", false)], 7), content("b/c", 5)),
            (built(&[("a", "first", true), ("b/c", "second", false)], 7), header("a", "mode")),
            (built(&[("a", "first", false), ("b/c", "longer text", false)], 7), header("b/c", "size")),
            (built(&[("a", "first", false), ("b/c", "second", false)], 8), header("a", "time")),
            (built(&[("a", "first", false), ("b/d", "second", false)], 7), header("b/c", "name")),
            (built(&[("a", "first", false)], 7), header("b/", "name")),
            (
                built(&[("a", "first", false), ("b/c", "second", false), ("d", "", false)], 7),
                Some(Difference::End),
            ),
        ] {
            assert_eq!(first(&one, &other), wanted);
        }
    }

    #[test]
    fn another_compression_is_told_apart_from_other_files() {
        let one = built(&[("a", "first", false)], 7);
        assert!(matches!(first(&one, &regzipped(&one)), Some(Difference::Compression(_))));
        assert!(matches!(first(&one, &one[..one.len() - 1]), Some(Difference::Unreadable(_))));
        assert!(matches!(first(&one, b"hello"), Some(Difference::Unreadable(0))));
    }

    #[test]
    fn no_more_is_unpacked_than_tells_the_two_apart() {
        let one = built(&[("a", "first", false)], 7);
        let bomb = bomb(&one);
        assert_eq!(first(&one, &bomb), Some(Difference::End));
        assert_eq!(first(&one, &bomb[..bomb.len() / 2]), Some(Difference::End), "its end is never read");
    }
}
