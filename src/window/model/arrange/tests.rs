//! The order in which the model hands out its rows.

use super::*;
use crate::model::Place;
use proptest::prelude::*;

fn fact(bucket: Bucket) -> Fact {
    Fact { bucket, halted: false, stopping: false, binned: false, share: 0, pace: 0, bytes: 0 }
}

/// Rows with these names and what else there is to them.
fn ask(rows: &[(&str, Fact)], wish: Wish) -> Ask {
    let mut facts = Facts::default();
    for (id, (name, fact)) in rows.iter().enumerate() {
        facts.set(JobId(id as u32), Some(*fact));
        facts.set_words(JobId(id as u32), &format!("{name}\nhost\nhttp://host/{name}"));
    }
    Ask { facts, moved: Places::default(), wish }
}

fn ids(ask: &Ask) -> Vec<u32> {
    let listing = arrange(ask);
    for (place, job) in listing.rows().iter().enumerate() {
        assert_eq!(listing.place_of(*job), Some(place), "places agree with the list");
    }
    listing.rows().iter().map(|job| job.0).collect()
}

fn by(by: Column, descending: bool) -> Wish {
    Wish { order: Some(Order { by, descending }), ..Wish::default() }
}

#[test]
fn names_stand_as_people_sort_them() {
    let queued = fact(Bucket::Queued);
    let names = ["b", "a10", "a9", "a010", "a", "a9b"].map(|name| (name, queued));
    assert_eq!(ids(&ask(&names, by(Column::Name, false))), [4, 2, 5, 3, 1, 0]);
    assert_eq!(ids(&ask(&names, by(Column::Name, true))), [0, 1, 3, 5, 2, 4]);
}

#[test]
fn the_like_stand_in_the_order_of_the_queue_in_both_directions() {
    let rows = [Bucket::Done, Bucket::Queued, Bucket::Fetching, Bucket::Queued, Bucket::Done];
    let rows = rows.map(|bucket| ("x", fact(bucket)));
    assert_eq!(ids(&ask(&rows, by(Column::Stage, false))), [2, 1, 3, 0, 4]);
    assert_eq!(ids(&ask(&rows, by(Column::Stage, true))), [0, 4, 1, 3, 2]);
    assert_eq!(ids(&ask(&rows, by(Column::Name, true))), [0, 1, 2, 3, 4]);
}

#[test]
fn what_is_not_known_comes_last_in_both_directions() {
    let size = |bytes| ("x", Fact { bytes, ..fact(Bucket::Queued) });
    let rows = [size(0), size(7), size(900), size(0)];
    assert_eq!(ids(&ask(&rows, by(Column::Size, false))), [1, 2, 0, 3]);
    assert_eq!(ids(&ask(&rows, by(Column::Size, true))), [2, 1, 0, 3]);
    let paced = |bucket, pace| ("x", Fact { pace, ..fact(bucket) });
    let rows =
        [paced(Bucket::Done, 5), paced(Bucket::Fetching, 10), paced(Bucket::Queued, 0), paced(Bucket::Fetching, 9)];
    assert_eq!(ids(&ask(&rows, by(Column::Rate, false))), [3, 1, 0, 2]);
    assert_eq!(ids(&ask(&rows, by(Column::Rate, true))), [1, 3, 0, 2]);
}

#[test]
fn a_list_keeps_to_filter_search_and_bin() {
    let binned = Fact { binned: true, ..fact(Bucket::Queued) };
    let rows =
        [("one", fact(Bucket::Queued)), ("two", fact(Bucket::Done)), ("one", binned), ("one", fact(Bucket::Done))];
    assert_eq!(ids(&ask(&rows, Wish::default())), [0, 1, 3]);
    assert_eq!(ids(&ask(&rows, Wish { needle: "one".to_owned(), ..Wish::default() })), [0, 3]);
    assert_eq!(ids(&ask(&rows, Wish { needle: "one".to_owned(), filter: Filter::Done, ..Wish::default() })), [3]);
}

#[test]
fn moved_ones_stand_where_the_engine_put_them() {
    let rows = ["a", "b", "c", "d"].map(|name| (name, fact(Bucket::Queued)));
    let mut ask = ask(&rows, Wish::default());
    let between = Place { priority: 0, rank: Place::usual(JobId(1)).rank - 1 };
    for (job, place) in [
        (JobId(3), between),
        (JobId(0), Place { priority: 0, rank: Place::usual(JobId(9)).rank }),
        (JobId(2), Place { priority: 1, rank: 0 }),
    ] {
        ask.moved.set(job, Some(place));
    }
    assert_eq!(ids(&ask), [2, 3, 1, 0]);
    ask.wish = by(Column::Stage, false);
    assert_eq!(ids(&ask), [2, 3, 1, 0], "the like stand in the order of the queue");
}

#[test]
fn a_column_goes_round() {
    let order = Order::after(None, Column::Size);
    assert_eq!(order, Some(Order { by: Column::Size, descending: false }));
    let reversed = Order::after(order, Column::Size);
    assert_eq!(reversed, Some(Order { by: Column::Size, descending: true }));
    assert_eq!(Order::after(reversed, Column::Size), None);
    assert_eq!(Order::after(reversed, Column::Name), Some(Order { by: Column::Name, descending: false }));
}

proptest! {
    #[test]
    fn names_have_one_order(one in "[a0-3]{0,5}", other in "[a0-3]{0,5}", third in "[a0-3]{0,5}") {
        prop_assert_eq!(natural(&one, &other), natural(&other, &one).reverse());
        prop_assert_eq!(natural(&one, &other) == Ordering::Equal, one == other);
        if natural(&one, &other).is_le() && natural(&other, &third).is_le() {
            prop_assert!(natural(&one, &third).is_le());
        }
    }
}
