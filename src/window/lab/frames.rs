//! The times between the frames of this window while something is computed on its own thread, and then beside it. Plain
//! data: whoever draws adds to it.

/// What happened while a frame was waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Nothing yet.
    Before,
    /// The work was done on the window's own thread.
    Frozen,
    /// Nothing any more.
    After,
    /// The same work was done on lanes.
    Beside,
}

impl Phase {
    pub(crate) const ALL: [Phase; 4] = [Phase::Before, Phase::Frozen, Phase::After, Phase::Beside];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Phase::Before => "before",
            Phase::Frozen => "work on this thread",
            Phase::After => "after",
            Phase::Beside => "work on lanes",
        }
    }
}

/// From one frame to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Gap {
    pub(crate) phase: Phase,
    /// When the frame came, in milliseconds from the first.
    pub(crate) at_ms: f64,
    pub(crate) took_ms: f64,
}

/// The most frames that are kept: more than five minutes of them.
const MOST: usize = 20_000;

/// The frames of a freeze.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Frames {
    pub(crate) gaps: Vec<Gap>,
}

impl Frames {
    pub(crate) fn add(&mut self, phase: Phase, took_ms: f64) {
        if self.gaps.len() < MOST {
            let at_ms = self.length_ms() + took_ms;
            self.gaps.push(Gap { phase, at_ms, took_ms });
        }
    }

    /// From the first to the last frame.
    pub(crate) fn length_ms(&self) -> f64 {
        self.gaps.last().map_or(0.0, |gap| gap.at_ms)
    }

    /// The longest of a phase, in milliseconds. `None` where it had no frames.
    pub(crate) fn longest_ms(&self, phase: Phase) -> Option<f64> {
        let gaps = self.gaps.iter().filter(|gap| gap.phase == phase).map(|gap| gap.took_ms);
        gaps.reduce(f64::max)
    }

    /// What it comes to: a sentence. Empty as long as nothing froze.
    pub(crate) fn sentence(&self) -> String {
        use crate::model::lab::figures::time;
        let Some(frozen) = self.longest_ms(Phase::Frozen) else { return String::new() };
        let mut words = format!("This window showed nothing new for {}", time(frozen));
        if let Some(before) = self.longest_ms(Phase::Before) {
            words += &format!("; before that, no frame took longer than {}", time(before));
        }
        words += ".";
        if let Some(beside) = self.longest_ms(Phase::Beside) {
            words += &format!(" With the same work on lanes the longest gap was {}.", time(beside));
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_follows_the_frames() {
        let mut frames = Frames::default();
        assert_eq!(frames.sentence(), "");
        for (phase, gap) in
            [(Phase::Before, 16.0), (Phase::Before, 18.0), (Phase::Frozen, 1500.0), (Phase::After, 17.0)]
        {
            frames.add(phase, gap);
        }
        assert_eq!(
            frames.sentence(),
            "This window showed nothing new for 1.50 s; before that, no frame took longer than 18 ms."
        );
        frames.add(Phase::Beside, 40.0);
        assert!(frames.sentence().ends_with("With the same work on lanes the longest gap was 40 ms."));
        assert!((frames.length_ms() - 1591.0).abs() < 1e-9);
    }

    #[test]
    fn frames_are_bounded() {
        let mut frames = Frames::default();
        for _ in 0..MOST + 10 {
            frames.add(Phase::Beside, 16.0);
        }
        assert_eq!(frames.gaps.len(), MOST);
    }
}
