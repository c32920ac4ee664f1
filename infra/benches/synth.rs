//! How long the synthesis of the whole stack takes: far below the 10 ms that it may.

use criterion::{Criterion, criterion_group, criterion_main};

fn synth(criterion: &mut Criterion) {
    criterion.bench_function("template to JSON", |bencher| bencher.iter(|| infra::drydock::template().to_json()));
    criterion.bench_function("template to YAML", |bencher| bencher.iter(|| infra::drydock::template().to_yaml()));
}

criterion_group!(benches, synth);
criterion_main!(benches);
