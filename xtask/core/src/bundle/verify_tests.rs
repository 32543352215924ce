//! Every way in which an archive can be other than its manifest says.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use tar::{EntryType, Header};

use super::*;
use crate::bundle::assets::{CHECKSUMS, assets};
use crate::bundle::unpack::Limits;
use crate::samples;
use crate::untrusted::is_plain;

const NAME: &str = "widgets-v1.3.0.tar.gz";

/// The sample's first archive and the checksums beside it.
fn published() -> (Vec<u8>, String) {
    built(&samples::plan())
}

fn built(plan: &crate::plan::Plan) -> (Vec<u8>, String) {
    let built = assets(&plan.bundles, &plan.into()).unwrap();
    let content = |name: &str| built.iter().find(|part| part.asset.name == name).unwrap().content.clone();
    (content(NAME), String::from_utf8(content(CHECKSUMS)).unwrap())
}

fn verify(name: &str, archive: &[u8], checksums: Option<&str>) -> Result<Manifest, Vec<Finding>> {
    super::verify(name, archive, checksums, &Expected::default())
}

/// One entry of an archive, to be tampered with.
#[derive(Clone)]
struct Entry {
    path: String,
    kind: EntryType,
    mode: u32,
    content: Vec<u8>,
}

fn entries(archive: &[u8]) -> Vec<Entry> {
    let mut reader = tar::Archive::new(GzDecoder::new(archive));
    let read = |entry: std::io::Result<tar::Entry<'_, GzDecoder<&[u8]>>>| {
        let mut entry = entry.unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        let path = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        Entry { path, kind: entry.header().entry_type(), mode: entry.header().mode().unwrap(), content }
    };
    reader.entries().unwrap().map(read).collect()
}

/// Writes any entries at all, also such as no archiver would.
fn packed(entries: &[Entry]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for entry in entries {
        let mut header = Header::new_ustar();
        let name = &mut header.as_ustar_mut().unwrap().name;
        name[..entry.path.len()].copy_from_slice(entry.path.as_bytes());
        header.set_entry_type(entry.kind);
        header.set_mode(entry.mode);
        header.set_size(entry.content.len() as u64);
        header.set_mtime(u64::try_from(samples::plan().source_date.as_second()).unwrap());
        header.set_uid(0);
        header.set_gid(0);
        header.set_cksum();
        tar.append(&header, entry.content.as_slice()).unwrap();
    }
    gzipped(&tar.into_inner().unwrap())
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

fn tampered(change: impl FnOnce(&mut Vec<Entry>)) -> Vec<Finding> {
    let mut entries = entries(&published().0);
    change(&mut entries);
    verify(NAME, &packed(&entries), None).unwrap_err()
}

fn position(entries: &[Entry], path: &str) -> usize {
    entries.iter().position(|entry| entry.path == path).unwrap()
}

fn extra(path: &str, kind: EntryType) -> Entry {
    let mode = if kind.is_dir() { 0o755 } else { 0o644 };
    Entry { path: path.to_owned(), kind, mode, content: Vec::new() }
}

#[track_caller]
fn assert_only(findings: &[Finding], message: &str) {
    assert_eq!(samples::messages(findings), [message]);
    assert_eq!(findings[0].cause, Cause::VerificationFailed);
}

#[test]
fn a_published_archive_verifies_and_so_does_the_same_compressed_by_others() {
    let (archive, checksums) = published();
    let manifest = verify(NAME, &archive, Some(&checksums)).unwrap();
    assert_eq!((manifest.product.as_str(), manifest.variant.as_str()), ("widgets", "cpu"));
    assert!(verify(NAME, &packed(&entries(&archive)), None).is_ok());
}

#[test]
fn a_changed_byte_is_named_by_its_file() {
    for path in ["docker-compose.yml", "setup-env.sh", "configs/api/api.conf"] {
        let findings = tampered(|entries| {
            let at = position(entries, path);
            entries[at].content[3] ^= 1;
        });
        assert_only(&findings, &format!("`{path}` is not what the manifest says"));
    }
}

#[test]
fn a_missing_and_a_surplus_file_are_named() {
    let missing = tampered(|entries| drop(entries.remove(position(entries, "README.md"))));
    assert_only(&missing, "`README.md` is in the manifest and not in the archive");
    let surplus = tampered(|entries| entries.push(extra("configs/more", EntryType::Regular)));
    assert_only(&surplus, "`configs/more` is in the archive and not in the manifest");
    let folder = tampered(|entries| entries.push(extra("empty/", EntryType::Directory)));
    assert_only(&folder, "`empty/` is in the archive and not in the manifest");
}

#[test]
fn a_changed_mode_is_named_for_the_manifest_itself_too() {
    for (path, mode, right) in
        [("README.md", 0o755, "0644"), ("setup-env.sh", 0o700, "0755"), ("bundle.json", 0o666, "0644")]
    {
        let findings = tampered(|entries| {
            let at = position(entries, path);
            entries[at].mode = mode;
        });
        assert_only(&findings, &format!("`{path}` has the mode {mode:04o}, not {right}"));
    }
}

#[test]
fn what_no_bundle_holds_is_refused() {
    use EntryType::{Block, Char, Continuous, Directory, Fifo, GNULongName, Link, Regular, Symlink, XHeader};
    let table = [
        ("/etc/passwd", Regular),
        ("../outside", Regular),
        ("configs/../../outside", Regular),
        ("configs//x", Regular),
        ("./x", Regular),
        ("/etc/", Directory),
        ("../", Directory),
        ("link", Symlink),
        ("link", Link),
        ("device", Char),
        ("device", Block),
        ("pipe", Fifo),
        ("x", Continuous),
        ("././@LongLink", GNULongName),
        ("pax", XHeader),
    ];
    for (path, kind) in table {
        let findings = tampered(|entries| entries.push(extra(path, kind)));
        assert_only(&findings, &format!("`{NAME}`: it holds `{path}`, which no bundle holds"));
    }
}

#[test]
fn a_file_or_folder_that_is_there_twice_is_refused() {
    for path in ["README.md", "configs/"] {
        let findings = tampered(|entries| {
            let twin = entries[position(entries, path)].clone();
            entries.push(twin);
        });
        assert_only(&findings, &format!("`{NAME}`: it holds `{path}` twice, or in a way no bundle does"));
    }
}

#[test]
fn a_manifest_that_is_missing_or_no_manifest_is_said_to_be_so() {
    let message = format!("`{NAME}` has no readable `bundle.json`");
    assert_only(&tampered(|entries| drop(entries.remove(position(entries, FILE_NAME)))), &message);
    let other = tampered(|entries| {
        let at = position(entries, FILE_NAME);
        entries[at].content = b"{}".to_vec();
    });
    assert_only(&other, &message);
}

/// The same entries with a manifest that says something else.
fn saying(mut entries: Vec<Entry>, change: impl FnOnce(&mut Manifest)) -> Vec<Entry> {
    let at = position(&entries, FILE_NAME);
    let mut manifest: Manifest = serde_json::from_slice(&entries[at].content).unwrap();
    change(&mut manifest);
    entries[at].content = serde_json::to_vec(&manifest).unwrap();
    entries
}

#[test]
fn a_name_in_a_manifest_that_hides_characters_is_refused_and_never_printed_as_it_is() {
    type Change = fn(&mut Manifest, String);
    let table: [(&str, Change); 9] = [
        ("product", |manifest, text| manifest.product = text),
        ("variant", |manifest, text| manifest.variant = text),
        ("source date", |manifest, text| manifest.source_date = text),
        ("service", |manifest, text| {
            let (_, image) = manifest.images.pop_first().unwrap();
            manifest.images.insert(text, image);
        }),
        ("image", |manifest, text| {
            manifest.images.first_entry().unwrap().get_mut().reference = text;
        }),
        ("image", |manifest, text| {
            let mut first = manifest.images.first_entry().unwrap();
            first.get_mut().digest = None;
            first.get_mut().reference = text;
        }),
        ("platform", |manifest, text| {
            let mut first = manifest.images.first_entry().unwrap();
            first.get_mut().platforms.insert(text, Sha256Hex::of(b""));
        }),
        ("path", |manifest, text| {
            let (_, file) = manifest.files.pop_first().unwrap();
            manifest.files.insert(text, file);
        }),
        ("mode", |manifest, text| manifest.files.first_entry().unwrap().get_mut().mode = text),
    ];
    let right = entries(&published().0);
    for (what, change) in table {
        for hostile in ["x\u{1b}[2J", "x\n::error::y", "x\u{9b}31my", "x\u{202e}y", "x\u{200b}", "x\u{2028}y"]
        {
            let wrong = saying(right.clone(), |manifest| change(manifest, hostile.to_owned()));
            let findings = verify(NAME, &packed(&wrong), None).unwrap_err();
            let told = format!("`{NAME}` has the {what} `x");
            let hides =
                |message: &&str| message.starts_with(&told) && message.ends_with("which hides characters");
            let messages = samples::messages(&findings);
            assert!(messages.iter().any(hides), "{what} {hostile:?}: {messages:?}");
            assert!(messages.iter().all(|message| is_plain(message)), "{what} {hostile:?}: {messages:?}");
        }
    }
}

#[test]
fn an_archive_of_another_platform_or_version_than_the_expected_is_refused() {
    let (archive, checksums) = published();
    let expecting = |product: &str, version: &str| {
        let expected =
            Expected { product: Some(product.to_owned()), version: Some(version.parse().unwrap()) };
        super::verify(NAME, &archive, Some(&checksums), &expected)
    };
    assert!(expecting("widgets", "1.3.0").is_ok());
    let product = format!("`{NAME}` is of `widgets`, not of `gadgets`");
    let version = format!("`{NAME}` is of `1.3.0`, not of `1.4.0`");
    assert_only(&expecting("gadgets", "1.3.0").unwrap_err(), &product);
    assert_only(&expecting("widgets", "1.4.0").unwrap_err(), &version);
    assert_eq!(samples::messages(&expecting("gadgets", "1.4.0").unwrap_err()), [product, version]);
}

#[test]
fn an_archive_whose_own_name_hides_characters_is_shown_without_them() {
    for archive in [b"".as_slice(), &gzipped(b""), &published().0] {
        let findings = verify("x\u{1b}[2J\n.tar.gz", archive, Some("")).unwrap_err();
        assert!(samples::messages(&findings).iter().all(|message| is_plain(message)), "{findings:?}");
    }
}

#[test]
fn a_manifest_of_another_format_or_from_no_commit_is_refused() {
    let message = format!("`{NAME}` has a manifest of the format 2, which this tool does not know");
    let right = entries(&published().0);
    let said =
        |change: fn(&mut Manifest)| verify(NAME, &packed(&saying(right.clone(), change)), None).unwrap_err();
    assert_only(&said(|manifest| manifest.format = 2), &message);
    let message = format!("`{NAME}` says it comes from `main`, which is no commit");
    assert_only(&said(|manifest| manifest.source_commit = "main".to_owned()), &message);
}

#[test]
fn a_time_beyond_all_dates_is_not_that_of_a_commit_without_one() {
    let mut unpacked = Vec::new();
    for entry in saying(entries(&published().0), |manifest| manifest.source_date = "never".to_owned()) {
        let header = crate::bundle::archive::header(
            &entry.path,
            entry.kind,
            entry.mode,
            entry.content.len() as u64,
            u64::MAX,
        );
        unpacked.extend(header.unwrap().as_bytes());
        unpacked.extend(&entry.content);
        unpacked.resize(unpacked.len().next_multiple_of(512), 0);
    }
    unpacked.extend([0; 1024]);
    let findings = verify(NAME, &gzipped(&unpacked), None).unwrap_err();
    assert_only(&findings, "its files have another time than the source commit");
}

#[test]
fn an_archive_cut_off_anywhere_is_refused() {
    let (archive, _) = published();
    for length in [0, 5, 20, archive.len() / 2, archive.len() - 9, archive.len() - 8, archive.len() - 1] {
        assert!(verify(NAME, &archive[..length], None).is_err(), "the first {length} bytes");
    }
}

#[test]
fn every_changed_byte_of_the_archive_is_noticed() {
    let (archive, checksums) = published();
    for at in 0..archive.len() {
        let mut changed = archive.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(verify(NAME, &changed, Some(&checksums)).is_err(), "byte {at}");
    }
}

#[test]
fn nothing_may_follow_the_end() {
    let (archive, _) = published();
    let mut more = archive.clone();
    more.extend(b"more");
    assert_only(&verify(NAME, &more, None).unwrap_err(), &format!("`{NAME}`: something follows its end"));
    let mut second = archive.clone();
    second.extend(&archive);
    assert!(verify(NAME, &second, None).is_err(), "a second archive");
    let mut unpacked = Vec::new();
    GzDecoder::new(archive.as_slice()).read_to_end(&mut unpacked).unwrap();
    unpacked.extend([7; 512]);
    assert_only(
        &verify(NAME, &gzipped(&unpacked), None).unwrap_err(),
        &format!("`{NAME}`: something follows the end of its files"),
    );
}

#[test]
fn what_is_no_archive_at_all_is_refused() {
    for bytes in [b"".as_slice(), b"hello", &gzipped(b""), &gzipped(&[1; 2048])] {
        assert_eq!(samples::causes(&verify(NAME, bytes, None).unwrap_err()), [Cause::VerificationFailed]);
    }
}

#[test]
fn an_archive_may_unpack_to_the_limit_and_not_to_more() {
    let (archive, _) = published();
    let mut unpacked = Vec::new();
    GzDecoder::new(archive.as_slice()).read_to_end(&mut unpacked).unwrap();
    let size = unpacked.len() as u64;
    assert!(read(&archive, Limits { unpacked: size, ..LIMITS }).is_ok());
    let refusal = read(&archive, Limits { unpacked: size - 1, ..LIMITS }).unwrap_err();
    let message = format!("it unpacks to more than {} bytes, which no bundle does", size - 1);
    assert_eq!(refusal.to_string(), message);
}

#[test]
fn the_checksum_must_be_there_and_right() {
    let (archive, checksums) = published();
    let absent: String = checksums.lines().filter(|line| !line.ends_with(NAME)).collect();
    let message = format!("`{NAME}` is not in the checksums beside it");
    assert_only(&verify(NAME, &archive, Some(&absent)).unwrap_err(), &message);
    assert_only(&verify(NAME, &archive, Some("")).unwrap_err(), &message);
    let wrong = format!("{}  {NAME}\n", Sha256Hex::of(b"other"));
    let message = format!("`{NAME}` has not the checksum that is listed for it");
    assert_only(&verify(NAME, &archive, Some(&wrong)).unwrap_err(), &message);
    // The right sum of another file is not the sum of this one.
    let moved = format!("{}  other.tar.gz\n", Sha256Hex::of(&archive));
    assert!(verify(NAME, &archive, Some(&moved)).is_err());
}

#[test]
fn a_rehearsed_bundle_is_no_release() {
    let mut facts = samples::facts();
    facts.rehearsed = true;
    let findings = verify(NAME, &built(&samples::planned(&facts)).0, None).unwrap_err();
    assert_eq!(samples::causes(&findings), [Cause::RehearsedBundle]);
}

#[test]
fn a_bundle_without_digests_is_no_release() {
    let facts = samples::facts();
    let material =
        crate::bundle::render::Material { images: None, ..crate::bundle::render::Material::of(&facts) };
    let version = semver::Version::new(1, 3, 0);
    let bundles = crate::bundle::render::bundles(&material, &version).unwrap().bundles;
    let built = assets(&bundles, &material.origin(&version, None)).unwrap();
    let findings = verify(NAME, &built[0].content, None).unwrap_err();
    assert_eq!(samples::causes(&findings), [Cause::OfflineBundle], "once, however many images it has");
    let mut entries = entries(&built[0].content);
    let at = position(&entries, "README.md");
    entries[at].content.push(b'x');
    let findings = verify(NAME, &packed(&entries), None).unwrap_err();
    assert_eq!(samples::causes(&findings), [Cause::VerificationFailed, Cause::OfflineBundle]);
    assert!(findings.iter().all(|finding| finding.cause.exit_code() == 1));
}

#[test]
fn what_is_no_archive_is_not_called_damaged() {
    let findings = verify("widgets-v1.3.0.bundle.json", b"{}", None).unwrap_err();
    assert_only(&findings, "`widgets-v1.3.0.bundle.json` is no archive of a bundle");
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let findings = tampered(|entries| {
        let at = position(entries, "README.md");
        entries[at].mode = 0o600;
        entries[0].content.push(b'x');
        entries.push(extra("more", EntryType::Regular));
    });
    assert_eq!(findings.len(), 3, "{findings:?}");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 24, ..Default::default() })]

    #[test]
    fn no_manifest_at_all_makes_the_reader_fall_over(
        places in proptest::collection::vec((proptest::prelude::any::<usize>(), proptest::prelude::any::<u8>()), 1..12),
        cut in proptest::option::of(proptest::prelude::any::<usize>()),
    ) {
        let mut entries = entries(&published().0);
        let at = position(&entries, FILE_NAME);
        let right = manifest(&packed(&entries)).unwrap();
        let content = &mut entries[at].content;
        for (place, byte) in places {
            let place = place % content.len();
            content[place] = byte;
        }
        content.truncate(cut.map_or(content.len(), |cut| cut % content.len()));
        // What still reads as a manifest is held against the files all the same.
        if let Ok(read) = verify(NAME, &packed(&entries), None) {
            proptest::prop_assert_eq!(read.files, right.files);
        }
    }
}
