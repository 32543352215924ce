//! How long a plan takes: everything after the world was read, from 10,000 commits and their pull requests to the version, the
//! changelog, both bundles and every step.

#![expect(clippy::disallowed_methods, reason = "the platform of this repository is the input")]
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a benchmark stops at the first surprise")]

mod inputs;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use release_core::facts::Facts;
use release_core::plan::{Decision, Plan, make};

fn plan(facts: &Facts) -> Option<Box<Plan>> {
    match make(facts) {
        Ok(Decision::Release(plan, _)) => Some(plan),
        _ => None,
    }
}

fn planning(criterion: &mut Criterion) {
    let facts = inputs::facts(10_000);
    let made = plan(&facts).expect("a plan");
    assert_eq!(made.version, inputs::version());
    assert_eq!(made.entries.len(), facts.pull_requests.len(), "every pull request is listed");
    criterion.bench_function("planning/10000-commits", |bencher| bencher.iter(|| plan(black_box(&facts))));
    let few = inputs::facts(50);
    criterion.bench_function("planning/50-commits", |bencher| bencher.iter(|| plan(black_box(&few))));
}

criterion_group!(benches, planning);
criterion_main!(benches);
