//! When the next look is due, and when there have been enough.

/// After this many looks, about two hours, a deployment that still goes on has failed. Looks are counted instead of
/// hours because a session that is deployed again starts to count anew, and no clock has to be trusted.
pub const MAX_LOOKS: u32 = 720;

/// Looks at a stack on which nothing begins, about five minutes, until that is taken for a failure.
pub(crate) const MAX_IDLE_LOOKS: u32 = 33;

/// Seconds between look number `look` and the next. A look is due every ten seconds; the first ones come sooner,
/// so that a single function or a small stack is not kept waiting for its answer.
pub const fn delay_after(look: u32) -> u32 {
    match look {
        0 | 1 => 2,
        2 => 3,
        3 => 5,
        _ => 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_are_about_two_hours_and_five_minutes() {
        let seconds = |looks: u32| (1..=looks).map(delay_after).sum::<u32>();
        assert!((7100..=7300).contains(&seconds(MAX_LOOKS)), "{}", seconds(MAX_LOOKS));
        assert!((290..=320).contains(&seconds(MAX_IDLE_LOOKS)), "{}", seconds(MAX_IDLE_LOOKS));
    }

    #[test]
    fn looks_never_come_faster_than_before() {
        assert!((1..20).all(|look| delay_after(look) <= delay_after(look + 1)));
        assert_eq!(delay_after(4), 10);
    }
}
