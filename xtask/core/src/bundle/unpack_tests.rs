//! Hostile archives, each made of raw header bytes: all of them have to be errors. The harmless one they are made of is taken.

use std::io::Write as _;

use flate2::{Compression, GzBuilder};

use super::*;

/// The block before a file's content. Fields as POSIX has them: name, mode, owner, group, size, time, checksum, kind, link, format.
#[derive(Clone)]
struct Raw {
    name: &'static [u8],
    folder: &'static [u8],
    mode: &'static [u8],
    size: Vec<u8>,
    kind: u8,
    link: &'static [u8],
    format: &'static [u8],
    /// What is put over the finished block, with the checksum made right after it.
    over: Option<(usize, &'static [u8])>,
    content: Vec<u8>,
}

impl Raw {
    fn file(name: &'static str, content: &[u8]) -> Self {
        Self {
            name: name.as_bytes(),
            folder: b"",
            mode: b"0000644\0",
            size: octal(content.len()),
            kind: b'0',
            link: b"",
            format: b"ustar\x0000",
            over: None,
            content: content.to_vec(),
        }
    }

    /// An entry without content.
    fn of(kind: u8, name: &'static str) -> Self {
        Self { kind, ..Self::file(name, b"") }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut block = vec![0; BLOCK];
        let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, self.name);
        put(100, self.mode);
        put(108, b"0000000\0");
        put(116, b"0000000\0");
        put(124, &self.size);
        put(136, b"00000000007\0");
        put(156, &[self.kind]);
        put(157, self.link);
        put(257, self.format);
        put(345, self.folder);
        if let Some((at, bytes)) = self.over {
            put(at, bytes);
        }
        if self.over.is_none_or(|(at, _)| at != 148) {
            put(148, b"        ");
            let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
            block[148..156].copy_from_slice(format!("{sum:07o}\0").as_bytes());
        }
        block.extend(&self.content);
        block.resize(block.len().next_multiple_of(BLOCK), 0);
        block
    }
}

fn octal(size: usize) -> Vec<u8> {
    format!("{size:011o}\0").into_bytes()
}

fn tar(entries: &[Raw]) -> Vec<u8> {
    let mut bytes: Vec<u8> = entries.iter().flat_map(Raw::bytes).collect();
    bytes.extend([0; 2 * BLOCK]);
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::new(6));
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

fn harmless() -> Vec<Raw> {
    vec![Raw::file("a", b"one"), Raw { mode: b"0000755\0", ..Raw::of(b'5', "b/") }, Raw::file("b/c", b"two")]
}

/// The harmless entries and one more.
fn and(entry: Raw) -> Vec<u8> {
    let mut entries = harmless();
    entries.push(entry);
    gzip(&tar(&entries))
}

/// The harmless entries with what some bytes of the last header say instead.
fn over(at: usize, bytes: &'static [u8]) -> Vec<u8> {
    and(Raw { over: Some((at, bytes)), ..Raw::file("d", b"three") })
}

fn corpus() -> Vec<(&'static str, Vec<u8>)> {
    let plain = tar(&harmless());
    let packed = gzip(&plain);
    let named = {
        let mut gzip = GzBuilder::new().filename("bundle.tar").write(Vec::new(), Compression::new(6));
        gzip.write_all(&plain).unwrap();
        gzip.finish().unwrap()
    };
    let link = |kind| Raw { link: b"/etc/passwd", ..Raw::of(kind, "d") };
    let pax = |kind| {
        let record = b"20 path=../outside\n\n";
        vec![Raw { kind, ..Raw::file("PaxHeaders/d", record) }, Raw::file("d", b"three")]
    };
    let with = |more: Vec<Raw>| gzip(&tar(&[harmless(), more].concat()));
    let behind = |more: &[u8]| [packed.as_slice(), more].concat();
    vec![
        ("an absolute path", and(Raw::file("/etc/passwd", b"x"))),
        ("a path that leads out", and(Raw::file("../x", b"x"))),
        ("a path that leads out within", and(Raw::file("b/../../x", b"x"))),
        ("a folder field that leads out", and(Raw { folder: b"..", ..Raw::file("x", b"x") })),
        ("a path with a dot", and(Raw::file("./x", b"x"))),
        ("a control character in a path", and(Raw::file("x\x1b[2J", b"x"))),
        ("a character in a path that turns others round", and(Raw::file("x\u{202e}y", b"x"))),
        ("a character in a path that nobody sees", and(Raw::file("x\u{200b}", b"x"))),
        ("a backslash in a path", and(Raw::file("b\\x", b"x"))),
        ("a name that goes on behind its end", and(Raw { name: b"d\0../x", ..Raw::file("d", b"x") })),
        ("a symbolic link", and(link(b'2'))),
        ("a hard link", and(link(b'1'))),
        ("a character device", and(Raw::of(b'3', "d"))),
        ("a block device", and(Raw::of(b'4', "d"))),
        ("a pipe", and(Raw::of(b'6', "d"))),
        ("a file of an old kind", and(Raw::of(0, "d"))),
        ("a kind that nobody knows", and(Raw::of(b'Z', "d"))),
        ("a program that runs as its owner", and(Raw { mode: b"0004755\0", ..Raw::file("d", b"x") })),
        ("a folder that anybody may write to", and(Raw { mode: b"0000777\0", ..Raw::of(b'5', "d/") })),
        ("a file twice", and(Raw::file("a", b"other"))),
        ("a folder twice", and(Raw { mode: b"0000755\0", ..Raw::of(b'5', "b/") })),
        ("a file without a name", and(Raw::file("", b"x"))),
        ("a header that renames the next file", with(pax(b'x'))),
        ("a header that renames all files", with(pax(b'g'))),
        (
            "a long name of GNU",
            with(vec![
                Raw { kind: b'L', ..Raw::file("././@LongLink", b"../outside\0") },
                Raw::file("d", b"x"),
            ]),
        ),
        ("a long link of GNU", and(Raw::of(b'K', "././@LongLink"))),
        ("a sparse file of GNU", and(Raw::of(b'S', "d"))),
        ("a size of eight gibibytes", and(Raw { size: b"77777777777\0".to_vec(), ..Raw::file("d", b"x") })),
        (
            "a size in another notation",
            and(Raw { size: b"\x80\0\0\0\0\0\0\0\0\0\0\x05".to_vec(), ..Raw::file("d", b"three") }),
        ),
        (
            "a negative size",
            and(Raw {
                size: b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(),
                ..Raw::file("d", b"")
            }),
        ),
        (
            "a size that is no number",
            and(Raw { size: b"hello world\0".to_vec(), ..Raw::file("d", b"three") }),
        ),
        ("a folder with content", and(Raw { mode: b"0000755\0", kind: b'5', ..Raw::file("d/", b"three") })),
        ("an owner", over(108, b"0001750\0")),
        ("an owner's name", over(265, b"root")),
        ("another time than the others", over(136, b"00000000008\0")),
        ("a wrong checksum", over(148, b"0000000\0")),
        ("no format", and(Raw { format: b"", ..Raw::file("d", b"three") })),
        ("the format of GNU", and(Raw { format: b"ustar  \0", ..Raw::file("d", b"three") })),
        ("something in the filling of a header", over(505, b"x")),
        ("something behind a file's content", {
            let mut bytes = plain.clone();
            bytes[BLOCK + 400] = 1;
            gzip(&bytes)
        }),
        ("something behind the end of the files", gzip(&[plain.as_slice(), &[7; BLOCK]].concat())),
        ("zeros behind the end of the files", gzip(&[plain.as_slice(), &[0; BLOCK]].concat())),
        ("a second archive behind the files", gzip(&[plain.as_slice(), plain.as_slice()].concat())),
        ("only half an end", gzip(&plain[..plain.len() - BLOCK])),
        ("no end", gzip(&plain[..plain.len() - 2 * BLOCK])),
        ("a second compressed part", behind(&packed)),
        ("an empty compressed part behind", behind(&gzip(b""))),
        ("something behind the compressed part", behind(b"more")),
        ("a zero behind the compressed part", behind(b"\0")),
        ("a name in the compression", named),
        ("a compressed part that is cut off", packed[..packed.len() - 5].to_vec()),
        ("no compression", plain),
        ("nothing", Vec::new()),
    ]
}

#[test]
fn what_the_hostile_ones_are_made_of_is_harmless() {
    let held = read(&gzip(&tar(&harmless())), LIMITS).unwrap();
    assert_eq!(held.files.keys().collect::<Vec<_>>(), ["a", "b/c"]);
    assert_eq!((held.folders.len(), held.seconds), (1, Some(7)));
    assert_eq!(held.files["b/c"].sha256, Sha256Hex::of(b"two"));
}

#[test]
fn every_hostile_archive_is_refused() {
    let corpus = corpus();
    assert!(corpus.len() >= 50, "{} cases", corpus.len());
    for (what, archive) in corpus {
        assert!(read(&archive, LIMITS).is_err(), "{what}");
    }
}

#[test]
fn an_archive_that_asks_for_more_than_any_bundle_is_refused_before_it_gets_it() {
    let limits = Limits { packed: 4096, unpacked: 64 * 1024, entries: 4, manifest: 8 };
    let refusal = |archive: &[u8]| read(archive, limits).unwrap_err().to_string();
    let bomb = gzip(&tar(&[Raw::file("a", &[0; 1 << 20])]));
    assert!(bomb.len() < 4096, "a thousand to one: {}", bomb.len());
    assert_eq!(refusal(&bomb), "it unpacks to more than 65536 bytes, which no bundle does");
    // The claim alone is enough: no byte of the content is read.
    let claim = gzip(&Raw { size: octal(1 << 30), ..Raw::file("a", b"") }.bytes());
    assert_eq!(refusal(&claim), "it unpacks to more than 65536 bytes, which no bundle does");
    let empty = |name| Raw::of(b'0', name);
    let many = gzip(&tar(&["a", "b", "c", "d", "e"].map(empty)));
    assert_eq!(refusal(&many), "it holds more than 4 files and folders, which no bundle does");
    let manifest = gzip(&tar(&[Raw::file("bundle.json", b"123456789")]));
    assert_eq!(refusal(&manifest), "it has a manifest of more than 8 bytes, which no bundle does");
    assert_eq!(refusal(&[0; 4097]), "it has more than 4096 bytes, which no bundle does");
    assert!(read(&gzip(&tar(&["a", "b", "c", "d"].map(empty))), limits).is_ok());
}

#[test]
fn the_limits_are_those_that_the_reasons_give() {
    assert_eq!(LIMITS.packed * 4, LIMITS.unpacked);
    assert_eq!((LIMITS.packed, LIMITS.entries), (512 << 20, 10_000));
}

proptest::proptest! {
    #[test]
    fn no_bytes_at_all_make_the_reader_fall_over(mut bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..2048)) {
        let _ = read(&bytes, LIMITS);
        let _ = read(&gzip(&bytes), LIMITS);
        // Far enough to reach the headers.
        bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
        let mut tampered = tar(&harmless());
        for (at, byte) in bytes.iter().enumerate().take(BLOCK) {
            tampered[at] ^= byte & 1;
        }
        let _ = read(&gzip(&tampered), LIMITS);
    }

    #[test]
    fn any_changed_bit_of_the_unpacked_archive_is_refused_or_told_by_the_digest(at in 0_usize..4608, bit in 0_u32..8) {
        let mut bytes = tar(&harmless());
        let length = bytes.len();
        bytes[at % length] ^= 1 << bit;
        let before = read(&gzip(&tar(&harmless())), LIMITS).unwrap();
        if let Ok(held) = read(&gzip(&bytes), LIMITS) {
            let digests = |held: &Held| held.files.iter().map(|(path, found)| (path.clone(), found.sha256.clone())).collect::<Vec<_>>();
            proptest::prop_assert_ne!(digests(&held), digests(&before));
        }
    }
}
