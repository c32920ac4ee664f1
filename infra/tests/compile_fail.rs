//! What cannot be built. Every case in `ui` is a mistake that CloudFormation would find at deployment or never.

#[test]
fn mistakes_do_not_compile() {
    let cases = trybuild::TestCases::new();
    // With a case that passes, all cases are built and not only checked: constant assertions are evaluated then.
    cases.pass("tests/ui/sound.rs");
    cases.compile_fail("tests/ui/mistakes/*.rs");
}
