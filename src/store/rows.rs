//! How a person wants the rows of the queue: how high, in which order, and how wide each column is.

use serde::{Deserialize, Serialize};

/// How the rows of the queue look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Rows {
    /// How much room each has.
    pub density: Density,
    /// In what order they stand; `None` is the queue's own.
    pub order: Option<Order>,
    /// How wide the columns are.
    pub widths: Widths,
}

/// How much room a row has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Density {
    /// Two lines.
    #[default]
    Comfortable,
    /// One line.
    Compact,
}

impl Density {
    /// In the order in which they are offered.
    pub const ALL: [Density; 2] = [Density::Comfortable, Density::Compact];

    /// As people read it.
    pub fn title(self) -> &'static str {
        match self {
            Density::Comfortable => "Comfortable",
            Density::Compact => "Compact",
        }
    }
}

/// What rows can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// The name.
    Name,
    /// How far it is: queued, running, done.
    Stage,
    /// The share that is done.
    Progress,
    /// How fast a download is, or how long the rest takes or took.
    Rate,
    /// What came in and what went out.
    Size,
}

/// An order of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The column that decides.
    pub by: Column,
    /// Whether the largest stands first.
    pub descending: bool,
}

impl Order {
    /// The order after a click on a column: first ascending, then descending, then that of the queue.
    pub fn after(order: Option<Order>, by: Column) -> Option<Order> {
        match order.filter(|order| order.by == by) {
            None => Some(Order { by, descending: false }),
            Some(Order { descending: false, .. }) => Some(Order { by, descending: true }),
            Some(Order { descending: true, .. }) => None,
        }
    }
}

/// How wide the columns are, in points. The name has what they leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Widths {
    stage: u16,
    progress: u16,
    rate: u16,
    size: u16,
}

impl Default for Widths {
    fn default() -> Self {
        Widths { stage: 120, progress: 128, rate: 118, size: 176 }
    }
}

impl Widths {
    /// How wide a column is, whatever somebody wrote into the file. The name has no width of its own.
    pub fn of(self, column: Column) -> u16 {
        let width = match column {
            Column::Name => 0,
            Column::Stage => self.stage,
            Column::Progress => self.progress,
            Column::Rate => self.rate,
            Column::Size => self.size,
        };
        Widths::within(column, width)
    }

    /// With another width of a column; `None` is the usual one.
    #[must_use]
    pub fn with(mut self, column: Column, width: Option<u16>) -> Widths {
        let width = Widths::within(column, width.unwrap_or_else(|| Widths::default().of(column)));
        match column {
            Column::Name => {}
            Column::Stage => self.stage = width,
            Column::Progress => self.progress = width,
            Column::Rate => self.rate = width,
            Column::Size => self.size = width,
        }
        self
    }

    /// From what its words need to what is of use.
    fn within(column: Column, width: u16) -> u16 {
        let (least, most) = match column {
            Column::Name => (0, 0),
            Column::Stage => (120, 260),
            Column::Progress => (100, 420),
            Column::Rate => (118, 240),
            Column::Size => (176, 320),
        };
        width.clamp(least, most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_width_stays_within_its_range_and_comes_back() {
        let wide = Widths::default().with(Column::Progress, Some(300));
        assert_eq!((wide.of(Column::Progress), wide.of(Column::Stage)), (300, 120));
        assert_eq!(wide.with(Column::Progress, Some(9000)).of(Column::Progress), 420);
        assert_eq!(wide.with(Column::Progress, None), Widths::default());
        let written: Rows = serde_json::from_str(r#"{"order":{"by":"size","descending":true},"widths":{"rate":1}}"#)
            .expect("what is missing has its default");
        assert_eq!(written.order, Some(Order { by: Column::Size, descending: true }));
        assert_eq!(written.widths.of(Column::Rate), 118);
        assert_eq!(Widths::default().with(Column::Name, Some(5)), Widths::default(), "the name has what is left");
    }
}
