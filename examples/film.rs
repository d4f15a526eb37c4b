//! Makes the animation of the README: `film PROGRAM GIF` starts the real program on a virtual screen, drops pictures on it, pastes
//! links, changes the mode while they are at work, and looks on until all is done. `scripts/film` runs it.
//!
//! The pictures are read from the X server, which answers between two frames and never within one. Of each only what changed is
//! written, and what nobody could tell apart from the one before is shown for longer instead.

#[cfg(target_os = "linux")]
#[path = "../tests/screen/mod.rs"]
mod screen;

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() {
    film::main();
}

#[cfg(target_os = "linux")]
mod film {
    use crate::screen::{CONTROL, Screen, key};
    use gif::{DisposalMethod, Encoder, Frame, Repeat};
    use image::RgbImage;
    use millrace::demo::{Resource, Site};
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::time::{Duration, Instant};

    const SIZE: (u16, u16) = (960, 700);
    /// Between two pictures.
    const STEP: Duration = Duration::from_millis(160);
    /// How long the work may take: nobody looks on for longer.
    const PATIENCE: Duration = Duration::from_secs(10);
    const LINKS: u32 = 20;
    const PICTURES: u32 = 16;
    /// The report stays in sight so long before it begins anew.
    const REST: Duration = Duration::from_millis(2600);

    pub(crate) fn main() {
        let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
        let (Some(program), Some(gif)) = (arguments.next(), arguments.next()) else {
            panic!("usage: film PROGRAM GIF")
        };
        let Some(mut screen) = Screen::start(SIZE.0, SIZE.1) else { panic!("without Xvfb there is no film") };
        let folder = tempfile::tempdir().expect("a folder");
        let shots = shoot(&mut screen, &program, folder.path());
        fs::write(&gif, animation(&shots)).expect("written");
    }

    fn shoot(screen: &mut Screen, program: &Path, folder: &Path) -> Vec<(Duration, RgbImage)> {
        let (state, album) = (folder.join("state"), folder.join("album"));
        fs::create_dir_all(&album).expect("a folder");
        fs::create_dir(&state).expect("a folder");
        // What a person sees the first time only would cover what is to be seen.
        let hints = serde_json::json!({"modes": true, "retry": true, "commands": true});
        let settings = serde_json::json!({
            "output_dir": folder.join("out"), "theme": "dark", "hints": hints, "rows": {"density": "compact"},
        });
        fs::write(state.join("settings.json"), settings.to_string()).expect("written");
        for number in 0..PICTURES {
            let picture = Resource::picture(number);
            fs::write(album.join(format!("holiday-{}.jpg", number + 1)), picture.body()).expect("written");
        }
        // Made before the film begins, and sent like from afar.
        let pictures = (PICTURES..PICTURES + LINKS).map(Resource::picture).collect();
        let site = Site::start(pictures, Duration::from_millis(1100)).expect("a server");
        let path = |path: &Path| path.to_str().expect("UTF-8").to_owned();
        let arguments = ["--state", &path(&state), "--recipe", "Web 1920", "--lanes", "5", "--workers", "2", "--json"];
        let home = [("HOME", folder), ("XDG_CONFIG_HOME", folder), ("XDG_DATA_HOME", folder)];
        let mut running = screen.launch_with(&path(program), &arguments, &folder.join("lines"), &home);
        let window = screen.window("Millrace");
        screen.resize(window, SIZE.0, SIZE.1);
        screen.pass(Duration::from_millis(800));
        // Out of the way of everything that would say what is under it.
        let aside = (SIZE.0 as i16 / 2, SIZE.1 as i16 - 8);
        screen.point(window, aside.0, aside.1);

        let mut film = Film { began: Instant::now(), shots: Vec::new() };
        film.roll(screen, window, 800);
        screen.copy(&site.links().join("\n"));
        screen.press(&[CONTROL, 'v'.into()]);
        film.roll(screen, window, 1000);
        // Half a minute is more than the film lasts: nearer.
        screen.point(window, aside.0, SIZE.1 as i16 - 100);
        screen.scroll_up(2);
        screen.point(window, aside.0, aside.1);
        film.roll(screen, window, 300);
        screen.drop_files(window, &[&album]);
        film.roll(screen, window, 900);
        // Everything on threads, everything in processes, and back to what suits each.
        for mode in ['2', '3', '4'] {
            screen.press(&[CONTROL, mode.into()]);
            film.roll(screen, window, 1000);
        }
        let until = Instant::now() + PATIENCE;
        while running.lines().len() < (LINKS + PICTURES) as usize {
            assert!(Instant::now() < until, "the machine has too much else to do for a film of this length");
            film.roll(screen, window, 200);
        }
        film.roll(screen, window, 1000);
        // The report, by the command palette.
        screen.press(&[CONTROL, 'k'.into()]);
        screen.write("report of");
        film.roll(screen, window, 700);
        screen.press(&[key::RETURN]);
        film.roll(screen, window, 700);
        screen.press(&[key::ESCAPE]);
        screen.press(&[CONTROL, 'q'.into()]);
        screen.until("it closes", Duration::from_secs(10), |_| {
            running.child.try_wait().is_ok_and(|ended| ended.is_some())
        });
        film.shots
    }

    /// Pictures with the time since the first.
    struct Film {
        began: Instant,
        shots: Vec<(Duration, RgbImage)>,
    }

    impl Film {
        fn roll(&mut self, screen: &mut Screen, window: u32, ms: u64) {
            let until = Instant::now() + Duration::from_millis(ms);
            while Instant::now() < until {
                let next = Instant::now() + STEP;
                let picture = screen.picture(window);
                if self.shots.last().is_none_or(|(_, last)| *last != picture) {
                    self.shots.push((self.began.elapsed(), picture));
                }
                screen.pass(next.saturating_duration_since(Instant::now()));
            }
        }
    }

    fn animation(shots: &[(Duration, RgbImage)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, SIZE.0, SIZE.1, &[]).expect("begun");
        encoder.set_repeat(Repeat::Infinite).expect("begun");
        for (at, (time, picture)) in shots.iter().enumerate() {
            let lasts = shots.get(at + 1).map_or(REST, |(next, _)| next.saturating_sub(*time));
            let before = at.checked_sub(1).map(|before| &shots[before].1);
            let mut frame = changed(before, picture);
            // In hundredths of a second.
            frame.delay = (lasts.as_millis() / 10) as u16;
            frame.dispose = DisposalMethod::Keep;
            encoder.write_frame(&frame).expect("written");
        }
        drop(encoder);
        bytes
    }

    /// The part of a picture that is not as before; what is the same within it lets the one before through.
    fn changed(before: Option<&RgbImage>, picture: &RgbImage) -> Frame<'static> {
        let is_new = |x: u32, y: u32| before.is_none_or(|before| before.get_pixel(x, y) != picture.get_pixel(x, y));
        let (width, height) = picture.dimensions();
        let columns: Vec<u32> = (0..width).filter(|x| (0..height).any(|y| is_new(*x, y))).collect();
        let rows: Vec<u32> = (0..height).filter(|y| (0..width).any(|x| is_new(x, *y))).collect();
        let range =
            |all: &[u32]| all.first().zip(all.last()).map_or((0, 1), |(first, last)| (*first, last - first + 1));
        let ((left, width), (top, height)) = (range(&columns), range(&rows));
        let mut pixels = Vec::with_capacity((width * height * 4) as usize);
        for (y, x) in (top..top + height).flat_map(|y| (left..left + width).map(move |x| (y, x))) {
            let [red, green, blue] = picture.get_pixel(x, y).0;
            pixels.extend(if is_new(x, y) { [red, green, blue, 255] } else { [0; 4] });
        }
        let mut frame = Frame::from_rgba_speed(width as u16, height as u16, &mut pixels, 10);
        (frame.left, frame.top) = (left as u16, top as u16);
        frame
    }
}
