//! What is to be compared, as it is being typed: texts that need not make sense yet, and the request that they come to.
//! A field that makes no sense says so by itself, whatever the others are. No egui, no clock.

use crate::model::lab::{LabMode, Request, Workload, capital};
use std::collections::BTreeMap;
use url::Url;

/// Something that can be typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Field {
    Workers,
    Runs,
    Seconds,
    Tasks,
    Numbers,
    Repeats,
    Chunk,
    Urls,
    Latency,
    Timeout,
    Lines,
    Times,
}

/// The most times that a list of numbers is taken over and over.
const MAX_REPEATS: usize = 1000;

/// Longer lists are refused without being made: a form is looked at in every frame.
const MAX_NUMBERS: usize = 100_000;

impl Field {
    /// The fields that a workload has a use for, in the order in which they are shown.
    pub(crate) fn of(workload: Workload) -> &'static [Field] {
        use Field::{Chunk, Latency, Lines, Numbers, Repeats, Seconds, Tasks, Timeout, Times, Urls};
        match workload {
            Workload::Print => &[Lines, Tasks],
            Workload::Sleep | Workload::Freeze => &[Seconds],
            Workload::Squares => &[Tasks, Chunk],
            Workload::Heavy => &[Seconds, Tasks],
            Workload::Primes => &[Numbers, Repeats, Chunk],
            Workload::Fetch | Workload::Titles | Workload::Download => &[Urls, Tasks, Latency],
            Workload::Both => &[Tasks, Latency],
            Workload::Images | Workload::Frames | Workload::Queries => &[Tasks],
            Workload::Counter => &[Tasks, Times],
            Workload::Deadlock | Workload::Timeout => &[Timeout],
            Workload::Crash => &[Tasks, Timeout],
        }
    }

    /// What it is called.
    pub(crate) fn title(self, workload: Workload) -> &'static str {
        match self {
            Field::Workers => "Workers",
            Field::Runs => "Runs of each",
            Field::Seconds if workload == Workload::Sleep => "Waits in seconds",
            Field::Seconds if workload == Workload::Freeze => "Frozen for seconds",
            Field::Seconds => "Seconds a task",
            Field::Tasks if workload == Workload::Print => "Loops",
            Field::Tasks if workload == Workload::Squares => "Numbers from 1 to",
            Field::Tasks => "Tasks",
            Field::Numbers => "Numbers",
            Field::Repeats => "Times over",
            Field::Chunk => "Numbers a task",
            Field::Urls => "Your own addresses",
            Field::Latency => "Server answers after seconds",
            Field::Timeout => "Waited for at most, in seconds",
            Field::Lines => "Lines of each loop",
            Field::Times => "Additions of each task",
        }
    }

    /// What stands in an empty field, or what a sentence about it offers.
    pub(crate) fn example(self) -> &'static str {
        match self {
            Field::Workers => "1, 2, 4",
            Field::Seconds => "3, 2, 1",
            Field::Numbers => "97, 1000003",
            Field::Urls => "empty: the built-in server",
            Field::Latency => "0.15",
            Field::Timeout => "2",
            Field::Runs | Field::Tasks | Field::Repeats | Field::Chunk => "4",
            Field::Lines | Field::Times => "1000",
        }
    }
}

/// What is typed and chosen for a workload.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    pub(crate) workload: Workload,
    pub(crate) modes: Vec<LabMode>,
    pub(crate) python: bool,
    texts: BTreeMap<Field, String>,
    cores: u16,
}

impl Form {
    /// As the workload is unless somebody says otherwise, on a machine with so many cores.
    pub(crate) fn new(workload: Workload, cores: u16) -> Form {
        let request = Request::new(workload, cores);
        let fields = [Field::Workers, Field::Runs].iter().chain(Field::of(workload));
        let texts = fields.map(|field| (*field, text_of(*field, &request))).collect();
        Form { workload, modes: request.modes, python: request.python, texts, cores }
    }

    /// As it was when this was asked for.
    pub(crate) fn of(request: &Request, cores: u16) -> Form {
        let mut form = Form::new(request.workload, cores);
        (form.modes, form.python) = (request.modes.clone(), request.python);
        for (field, text) in &mut form.texts {
            *text = text_of(*field, request);
        }
        form
    }

    pub(crate) fn text(&self, field: Field) -> &str {
        self.texts.get(&field).map_or("", String::as_str)
    }

    pub(crate) fn set(&mut self, field: Field, text: String) {
        self.texts.insert(field, text);
    }

    /// Runs this mode, or leaves it out.
    pub(crate) fn set_mode(&mut self, mode: LabMode, wanted: bool) {
        self.modes.retain(|other| *other != mode);
        if wanted {
            self.modes.push(mode);
            self.modes.sort_unstable();
        }
    }

    /// Why this field cannot be as it is: a sentence.
    pub(crate) fn complaint(&self, field: Field) -> Option<String> {
        // Everything else as it is by itself, so that the sentence is about this.
        let mut request = Request::new(self.workload, self.cores);
        let put = put(field, self.text(field), &mut request);
        put.and_then(|()| request.check().map_err(|unfit| unfit.to_string())).err().map(|words| capital(&words))
    }

    /// Why the modes cannot be as they are.
    pub(crate) fn modes_complaint(&self) -> Option<&'static str> {
        self.modes.is_empty().then_some("Choose at least one mode")
    }

    /// The request, or a sentence that names what is wrong.
    pub(crate) fn request(&self) -> Result<Request, String> {
        if let Some(complaint) = self.modes_complaint() {
            return Err(complaint.to_owned());
        }
        let mut request = Request::new(self.workload, self.cores);
        (request.modes, request.python) = (self.modes.clone(), self.python);
        for (field, text) in &self.texts {
            if let Some(complaint) = self.complaint(*field) {
                return Err(format!("{}: {complaint}", field.title(self.workload)));
            }
            put(*field, text, &mut request)
                .map_err(|words| format!("{}: {}", field.title(self.workload), capital(&words)))?;
        }
        request.check().map_err(|unfit| capital(&unfit.to_string()))?;
        Ok(request)
    }
}

/// What stands in a field at first.
fn text_of(field: Field, request: &Request) -> String {
    let own = &request.parameters;
    match field {
        Field::Workers => list(&request.workers),
        Field::Runs => request.runs.to_string(),
        Field::Seconds => list(&own.waits_ms.iter().map(|ms| seconds(*ms)).collect::<Vec<_>>()),
        Field::Tasks => own.tasks.to_string(),
        Field::Numbers => list(&own.numbers),
        Field::Repeats => "1".to_owned(),
        Field::Chunk => own.chunk.to_string(),
        Field::Urls => own.urls.join(" "),
        Field::Latency => seconds(own.latency_ms),
        Field::Timeout => seconds(own.timeout_ms),
        Field::Lines => own.lines.to_string(),
        Field::Times => own.times.to_string(),
    }
}

/// Takes a field over into a request.
fn put(field: Field, text: &str, request: &mut Request) -> Result<(), String> {
    let squares = request.workload == Workload::Squares;
    let own = &mut request.parameters;
    match field {
        Field::Workers => request.workers = numbers(text, field)?,
        Field::Runs => request.runs = number(text, field)?,
        Field::Seconds => {
            own.waits_ms = pieces(text).map(|piece| millis(piece, field)).collect::<Result<_, _>>()?;
            if own.waits_ms.is_empty() {
                return Err(format!("say how long, such as {}", field.example()));
            }
        }
        Field::Tasks => {
            own.tasks = number(text, field)?;
            // More than are allowed are refused by the number alone, without being counted out.
            if squares && own.tasks as usize <= MAX_NUMBERS {
                own.numbers = (1..=u64::from(own.tasks)).collect();
            }
        }
        Field::Numbers => {
            own.numbers = numbers(text, field)?;
            if own.numbers.is_empty() {
                return Err(format!("name at least one number, such as {}", field.example()));
            }
        }
        Field::Repeats => {
            let repeats: usize = number(text, field)?;
            if !(1..=MAX_REPEATS).contains(&repeats) {
                return Err(format!("choose 1 to {MAX_REPEATS} times"));
            }
            let count = own.numbers.len() * repeats;
            if count > MAX_NUMBERS {
                return Err(format!("that makes {count} numbers; choose fewer, up to {MAX_NUMBERS} in all"));
            }
            own.numbers = own.numbers.iter().copied().cycle().take(count).collect();
        }
        Field::Chunk => own.chunk = number(text, field)?,
        Field::Urls => own.urls = pieces(text).map(address).collect::<Result<_, _>>()?,
        Field::Latency => own.latency_ms = millis(text.trim(), field)?,
        Field::Timeout => own.timeout_ms = millis(text.trim(), field)?,
        Field::Lines => own.lines = number(text, field)?,
        Field::Times => own.times = number(text, field)?,
    }
    Ok(())
}

fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ';', ' ', '\n', '\t']).filter(|piece| !piece.is_empty())
}

fn number<N: std::str::FromStr>(text: &str, field: Field) -> Result<N, String> {
    let text = text.trim();
    text.parse().map_err(|_| format!("\"{text}\" is no number that fits here; write one such as {}", field.example()))
}

fn numbers<N: std::str::FromStr>(text: &str, field: Field) -> Result<Vec<N>, String> {
    pieces(text).map(|piece| number(piece, field)).collect()
}

fn millis(text: &str, field: Field) -> Result<u64, String> {
    let seconds: Option<f64> = text.parse().ok().filter(|seconds| (0.0..1e9).contains(seconds));
    let millis = seconds.map(|seconds| (seconds * 1e3).round() as u64);
    millis.ok_or_else(|| format!("\"{text}\" is no time; write seconds, such as {}", field.example()))
}

fn address(text: &str) -> Result<String, String> {
    let is_web = text.starts_with("http://") || text.starts_with("https://");
    if is_web && Url::parse(text).is_ok() {
        return Ok(text.to_owned());
    }
    Err(format!("\"{text}\" is no address; write http:// or https:// and the rest"))
}

fn list<N: ToString>(numbers: &[N]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn seconds(ms: u64) -> String {
    (ms as f64 / 1e3).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_that_nobody_touched_is_the_request_of_the_workload() {
        for workload in Workload::ALL {
            for cores in [1, 2, 64] {
                let form = Form::new(workload, cores);
                assert_eq!(form.request(), Ok(Request::new(workload, cores)), "{workload}");
                assert!(Field::of(workload).iter().all(|field| form.complaint(*field).is_none()), "{workload}");
            }
        }
    }

    #[test]
    fn what_makes_no_sense_is_said_at_its_field_and_by_no_other() {
        let wrong = [
            (Workload::Sleep, Field::Workers, "0", "0 workers"),
            (Workload::Sleep, Field::Workers, "1, 65", "65 workers"),
            (Workload::Sleep, Field::Workers, "two", "\"two\" is no number"),
            (Workload::Sleep, Field::Workers, " ", "how many workers"),
            (Workload::Sleep, Field::Runs, "0", "0 runs"),
            (Workload::Sleep, Field::Seconds, "", "Say how long"),
            (Workload::Sleep, Field::Seconds, "3, NaN", "\"NaN\" is no time"),
            (Workload::Sleep, Field::Seconds, "-1", "\"-1\" is no time"),
            (Workload::Sleep, Field::Seconds, "61", "up to 60 s"),
            (Workload::Freeze, Field::Seconds, "6", "at most 5 s"),
            (Workload::Squares, Field::Tasks, "4000000000", "100000 tasks"),
            (Workload::Primes, Field::Numbers, "7, x", "\"x\" is no number"),
            (Workload::Primes, Field::Chunk, "0", "at least one number"),
            (Workload::Primes, Field::Repeats, "0", "1 to 1000 times"),
            (Workload::Fetch, Field::Urls, "ftp://a/", "\"ftp://a/\" is no address"),
            (Workload::Deadlock, Field::Workers, "1", "two workers"),
            (Workload::Deadlock, Field::Timeout, "0", "above 0"),
            (Workload::Print, Field::Lines, "0", "1000000 lines"),
        ];
        for (workload, field, text, words) in wrong {
            let mut form = Form::new(workload, 2);
            form.set(field, text.to_owned());
            let complaint = form.complaint(field).unwrap_or_else(|| panic!("{workload}: {text} is refused"));
            assert!(complaint.contains(words), "{complaint}");
            assert!(form.request().is_err_and(|sentence| sentence.contains(words)), "{workload}: {text}");
            let others = Field::of(workload).iter().chain(&[Field::Workers, Field::Runs]);
            for other in others.filter(|other| **other != field) {
                assert_eq!(form.complaint(*other), None, "{workload}: {other:?} is innocent of {text}");
            }
        }
    }

    #[test]
    fn what_is_typed_reaches_the_request() {
        let mut form = Form::new(Workload::Primes, 2);
        form.set(Field::Numbers, "7 11;13".to_owned());
        form.set(Field::Repeats, "2".to_owned());
        form.set(Field::Workers, "1,2, 4".to_owned());
        form.set_mode(LabMode::Gil, false);
        form.set_mode(LabMode::Serial, true);
        form.python = true;
        let request = form.request().expect("a request");
        assert_eq!(request.parameters.numbers, [7, 11, 13, 7, 11, 13]);
        assert_eq!(request.workers, [1, 2, 4]);
        assert_eq!(request.modes, [LabMode::Serial, LabMode::Threads, LabMode::Processes]);
        assert!(request.python);
        let mut form = Form::new(Workload::Sleep, 2);
        form.set(Field::Seconds, "0.25,1".to_owned());
        assert_eq!(form.request().expect("a request").parameters.waits_ms, [250, 1000]);
        for mode in LabMode::ALL {
            form.set_mode(mode, false);
        }
        assert_eq!(form.request(), Err("Choose at least one mode".to_owned()));
        // Each of the two fields makes sense by itself.
        let mut form = Form::new(Workload::Primes, 2);
        form.set(Field::Numbers, "7 ".repeat(1000));
        form.set(Field::Repeats, "1000".to_owned());
        assert!(form.request().is_err_and(|words| words.starts_with("Times over: That makes 1000000 numbers")));
    }
}
