//! How long one archive takes to be packed and to be verified. The files are generated, the same each time: configuration that
//! compresses well, and bytes that do not.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use release_core::bundle::archive::{Member, archive};
use release_core::bundle::verify::{Expected, verify};

const FILES: u32 = 200;

/// 200 files of 16 KiB.
fn files() -> Vec<(String, Vec<u8>)> {
    let file = |number: u32| {
        let content = if number.is_multiple_of(4) { noise(number) } else { configuration(number) };
        (format!("configs/service-{}/file-{number}.conf", number % 20), content)
    };
    (0..FILES).map(file).collect()
}

fn configuration(number: u32) -> Vec<u8> {
    let lines = (0..).map(|line: u32| format!("key_{line}_of_{number}: value number {}\n", line * number));
    let mut text = lines.take(600).collect::<String>().into_bytes();
    text.truncate(16 * 1024);
    text
}

/// Bytes without a pattern: a linear congruential generator, Numerical Recipes' constants.
fn noise(seed: u32) -> Vec<u8> {
    let step = |state: &mut u32| {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Some(state.to_be_bytes()[0])
    };
    std::iter::repeat(()).scan(seed, |state, ()| step(state)).take(16 * 1024).collect()
}

fn packed(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let members: Vec<Member<'_>> =
        files.iter().map(|(path, content)| Member { path, content, executable: false }).collect();
    archive(&members, 1_700_000_000).unwrap_or_default()
}

fn archiving(criterion: &mut Criterion) {
    let files = files();
    let bytes = packed(&files);
    assert!(!bytes.is_empty(), "it is packed");
    let mut group = criterion.benchmark_group("archive");
    let size = files.iter().map(|(_, content)| content.len() as u64).sum();
    group.throughput(Throughput::Bytes(size));
    group.bench_function("pack", |bencher| bencher.iter(|| packed(black_box(&files))));
    // Without a manifest it is no bundle; until that is known, everything has been unpacked and digested.
    group.bench_function("verify", |bencher| {
        bencher.iter(|| verify("a.tar.gz", black_box(&bytes), None, &Expected::default()))
    });
    group.finish();
}

criterion_group!(benches, archiving);
criterion_main!(benches);
