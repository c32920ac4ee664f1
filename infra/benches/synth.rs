//! How long the synthesis of the whole stack takes: far below the 10 ms that it may.

use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    criterion.bench_function("template to JSON", |bencher| bencher.iter(|| infra::drydock::template().to_json()));
    criterion.bench_function("template to YAML", |bencher| bencher.iter(|| infra::drydock::template().to_yaml()));
    criterion.final_summary();
}
