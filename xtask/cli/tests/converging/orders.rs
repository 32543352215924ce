//! Which orders of the calls of two runs are tried.

use crate::many::long;
use crate::turns::Schedule;

/// Every schedule in which the first, or the second, is interrupted once by the other, for as long as that likes.
fn interrupted(calls: [usize; 2]) -> Vec<Schedule> {
    let of = |(first, second): (usize, usize)| {
        let middle = move |begin| (1..=calls[second]).map(move |middle| (begin, middle));
        (0..=calls[first])
            .flat_map(middle)
            .map(move |(begin, middle)| Schedule(vec![(first, begin), (second, middle), (first, usize::MAX)]))
    };
    [(0, 1), (1, 0)].into_iter().flat_map(of).collect()
}

/// Both a few calls at a time, from the beginning on: how many each time a number says.
fn in_turns(mut number: usize) -> Schedule {
    let first = number % 2;
    let turns = (0..40).map(|turn| {
        // A linear congruence (Numerical Recipes): any spread will do, as long as it is the same each time.
        number = (number * 1_664_525 + 1_013_904_223) % (1 << 32);
        ((first + turn) % 2, 1 + (number >> 16) % 6)
    });
    Schedule(turns.collect())
}

/// How many orders are tried.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Some.
    Usual,
    /// Every interruption of two that do the same, and more of the others.
    Long,
    /// Every interruption.
    Whole,
}

impl Extent {
    pub(crate) fn of_this_run() -> Self {
        match long() {
            None => Self::Usual,
            Some(wanted) if wanted == "all" => Self::Whole,
            Some(_) => Self::Long,
        }
    }

    /// The schedules of two who make so many calls, and may do the same.
    pub(crate) fn schedules(self, calls: [usize; 2], is_of_equals: bool) -> Vec<Schedule> {
        let all = interrupted(calls);
        let some = match self {
            Self::Usual => 30,
            Self::Long if !is_of_equals => 60,
            Self::Long | Self::Whole => all.len(),
        };
        let step = (all.len() / some).max(1);
        all.into_iter().step_by(step).chain((0..some.min(60) / 2).map(in_turns)).collect()
    }

    /// How many different ones there are at least.
    pub(crate) fn least(self) -> usize {
        match self {
            Self::Usual => 300,
            Self::Long => 10_000,
            Self::Whole => 30_000,
        }
    }
}
