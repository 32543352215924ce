//! How long the bundles of this repository's own platform take: both variants, from the files of the source commit to archives,
//! manifests and checksums.

#![expect(clippy::disallowed_methods, reason = "the platform of this repository is the input")]
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a benchmark stops at the first surprise")]

mod inputs;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use release_core::bundle::assets::{AssetBytes, assets};
use release_core::bundle::render::{Material, bundles};
use release_core::facts::Facts;

fn built(facts: &Facts) -> Vec<AssetBytes> {
    let (material, version) = (Material::of(facts), inputs::version());
    let Ok(rendered) = bundles(&material, &version) else { return Vec::new() };
    assets(&rendered.bundles, &material.origin(&version, None)).unwrap_or_default()
}

fn bundling(criterion: &mut Criterion) {
    let facts = inputs::facts(1);
    assert_eq!(built(&facts).len(), 8, "two archives with manifest and bill, the provenance, the checksums");
    criterion.bench_function("bundling/both-variants", |bencher| bencher.iter(|| built(black_box(&facts))));
}

criterion_group!(benches, bundling);
criterion_main!(benches);
