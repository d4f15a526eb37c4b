//! A virtual screen with a person at it: keys, clicks, the clipboard, drag and drop by the XDND protocol, pictures.
//! Speaks to the X server as any program does; the program under test sees nothing unusual.

#![allow(dead_code, reason = "each of those at the screen needs its own part of this")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClientMessageEvent, ConfigureWindowAux, ConnectionExt as _, CreateWindowAux, EventMask,
    ImageFormat, InputFocus, PropMode, SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, Window,
    WindowClass,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;
use x11rb::{COPY_DEPTH_FROM_PARENT, CURRENT_TIME};

const KEY_PRESS: u8 = 2;
const KEY_RELEASE: u8 = 3;
const BUTTON_PRESS: u8 = 4;
const BUTTON_RELEASE: u8 = 5;

/// Keysyms of the modifiers, and of keys that are no letters.
pub(crate) const CONTROL: u32 = 0xffe3;
/// Other keys.
pub(crate) mod key {
    pub(crate) const RETURN: u32 = 0xff0d;
    pub(crate) const ESCAPE: u32 = 0xff1b;
    pub(crate) const HOME: u32 = 0xff50;
    pub(crate) const END: u32 = 0xff57;
    pub(crate) const DELETE: u32 = 0xffff;
}

const STEP: Duration = Duration::from_millis(5);

/// A virtual screen and our own window on it. Ends its X server when dropped.
pub(crate) struct Screen {
    server: Child,
    display: String,
    connection: RustConnection,
    root: Window,
    own: Window,
    /// What is on the clipboard, and as what. `None`: whoever asks gets no answer at all.
    clipboard: Option<(&'static str, Vec<u8>)>,
    uris: Vec<u8>,
    /// The last answer to a drag accepted it, and the drop was taken.
    accepted: bool,
    finished: bool,
}

impl Screen {
    /// `None`, with a line that says so, where there is no Xvfb.
    pub(crate) fn start(width: u16, height: u16) -> Option<Screen> {
        let size = format!("{width}x{height}x24");
        let started = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", &size, "-nolisten", "tcp", "-noreset"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        assert!(started.is_ok() || std::env::var_os("CI").is_none(), "Xvfb is needed here, and is not installed");
        let Ok(mut server) = started else {
            #[expect(clippy::print_stderr, reason = "a test that is left out says so")]
            {
                eprintln!("SKIPPED: Xvfb is not installed (on Debian: apt-get install xvfb)");
            }
            return None;
        };
        let mut number = String::new();
        BufReader::new(server.stdout.take().expect("its output")).read_line(&mut number).expect("a display number");
        let display = format!(":{}", number.trim());
        let (connection, screen) = x11rb::connect(Some(&display)).expect("a connection");
        let root = connection.setup().roots[screen].root;
        let own = connection.generate_id().expect("an id");
        let aux = CreateWindowAux::new().event_mask(EventMask::PROPERTY_CHANGE);
        let class = WindowClass::INPUT_OUTPUT;
        connection
            .create_window(COPY_DEPTH_FROM_PARENT, own, root, -10, -10, 1, 1, 0, class, 0, &aux)
            .expect("a window");
        connection.flush().expect("sent");
        let (clipboard, uris) = (Some(("UTF8_STRING", Vec::new())), Vec::new());
        Some(Screen { server, display, connection, root, own, clipboard, uris, accepted: false, finished: false })
    }

    /// What programs connect to.
    pub(crate) fn display(&self) -> &str {
        &self.display
    }

    /// Starts a program on this screen. Its standard output goes to a file.
    pub(crate) fn launch(&self, program: &str, arguments: &[&str], stdout: &Path) -> Program {
        self.launch_with(program, arguments, stdout, &[])
    }

    /// The same in another environment.
    pub(crate) fn launch_with(
        &self,
        program: &str,
        arguments: &[&str],
        stdout: &Path,
        environment: &[(&str, &Path)],
    ) -> Program {
        let child = Command::new(program)
            .args(arguments)
            .envs(environment.iter().copied())
            .env("DISPLAY", &self.display)
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("MILLRACE_STATE")
            .stdin(Stdio::null())
            .stdout(fs::File::create(stdout).expect("a file"))
            .spawn()
            .expect("started");
        Program { child, stdout: stdout.to_owned() }
    }

    /// Does what a desktop does meanwhile (answers requests for the clipboard and for drops) until `done`.
    pub(crate) fn until(&mut self, what: &str, within: Duration, mut done: impl FnMut(&mut Screen) -> bool) {
        let deadline = Instant::now() + within;
        loop {
            while let Some(event) = self.connection.poll_for_event().expect("the X server") {
                self.answer(&event);
            }
            if done(self) {
                return;
            }
            assert!(Instant::now() < deadline, "never: {what}");
            std::thread::sleep(STEP);
        }
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        let until = Instant::now() + time;
        self.until("the end of a wait", time * 2 + Duration::from_secs(1), |_| Instant::now() >= until);
    }

    /// The window whose title contains these words, once it is there and has the keyboard.
    pub(crate) fn window(&mut self, title: &str) -> Window {
        let mut found = None;
        self.until("a window", Duration::from_secs(30), |screen| {
            let children = screen.connection.query_tree(screen.root).ok().and_then(|tree| tree.reply().ok());
            let children = children.map(|tree| tree.children).unwrap_or_default();
            found = children.into_iter().find(|window| screen.title(*window).contains(title));
            found.is_some()
        });
        let window = found.expect("a window");
        self.pass(Duration::from_millis(500));
        // Without a window manager nobody else gives it the keyboard.
        self.connection.set_input_focus(InputFocus::PARENT, window, CURRENT_TIME).expect("sent");
        self.connection.sync().expect("done");
        self.pass(Duration::from_millis(200));
        window
    }

    pub(crate) fn title(&self, window: Window) -> String {
        let (name, kind) = (self.atom("_NET_WM_NAME"), self.atom("UTF8_STRING"));
        let property = self.connection.get_property(false, window, name, kind, 0, 1024);
        let bytes = property.ok().and_then(|property| property.reply().ok()).map(|reply| reply.value);
        String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
    }

    /// Presses keys together: modifiers first.
    pub(crate) fn press(&mut self, keysyms: &[u32]) {
        let codes: Vec<u8> = keysyms.iter().map(|keysym| self.key_code(*keysym)).collect();
        for code in &codes {
            self.fake(KEY_PRESS, *code);
        }
        for code in codes.iter().rev() {
            self.fake(KEY_RELEASE, *code);
        }
        self.pass(Duration::from_millis(100));
    }

    /// Types small letters and spaces.
    pub(crate) fn write(&mut self, text: &str) {
        for letter in text.chars() {
            let code = self.key_code(letter.into());
            self.fake(KEY_PRESS, code);
            self.fake(KEY_RELEASE, code);
            self.pass(Duration::from_millis(20));
        }
        self.pass(Duration::from_millis(100));
    }

    /// Another size for a window, and the upper left corner of the screen as its place.
    pub(crate) fn resize(&mut self, window: Window, width: u16, height: u16) {
        let place = ConfigureWindowAux::new().x(0).y(0).width(u32::from(width)).height(u32::from(height));
        self.connection.configure_window(window, &place).expect("sent");
        self.connection.sync().expect("done");
        self.pass(Duration::from_millis(300));
    }

    /// Moves the pointer within a window.
    pub(crate) fn point(&self, window: Window, x: i16, y: i16) {
        self.connection.warp_pointer(x11rb::NONE, window, 0, 0, 0, 0, x, y).expect("sent");
        self.connection.sync().expect("done");
    }

    pub(crate) fn click(&mut self) {
        self.fake(BUTTON_PRESS, 1);
        self.fake(BUTTON_RELEASE, 1);
        self.pass(Duration::from_millis(100));
    }

    /// Turns the wheel, away from the person, by so many notches.
    pub(crate) fn scroll_up(&mut self, notches: u32) {
        for _ in 0..notches {
            self.fake(BUTTON_PRESS, 4);
            self.fake(BUTTON_RELEASE, 4);
            self.pass(Duration::from_millis(60));
        }
    }

    fn fake(&self, kind: u8, detail: u8) {
        self.connection.xtest_fake_input(kind, detail, 0, self.root, 0, 0, 0).expect("sent");
        self.connection.sync().expect("done");
    }

    fn key_code(&self, keysym: u32) -> u8 {
        let (first, last) = (self.connection.setup().min_keycode, self.connection.setup().max_keycode);
        let mapping =
            self.connection.get_keyboard_mapping(first, last - first + 1).expect("sent").reply().expect("a map");
        let per_key = usize::from(mapping.keysyms_per_keycode);
        let at = mapping.keysyms.chunks(per_key).position(|keysyms| keysyms[0] == keysym).expect("a key");
        first + at as u8
    }

    /// Puts text on the clipboard. It stays there while [`Screen::until`] runs.
    pub(crate) fn copy(&mut self, text: &str) {
        self.copy_as(Some(("UTF8_STRING", text.as_bytes().to_vec())));
    }

    /// Puts files on the clipboard, as file managers do.
    pub(crate) fn copy_files(&mut self, files: &[&Path]) {
        self.copy_as(Some(("text/uri-list", files.iter().flat_map(|file| uri(file)).collect())));
    }

    /// Puts something of any kind on the clipboard. `None` owns it and never answers.
    pub(crate) fn copy_as(&mut self, what: Option<(&'static str, Vec<u8>)>) {
        self.clipboard = what;
        let clipboard = self.atom("CLIPBOARD");
        self.connection.set_selection_owner(self.own, clipboard, CURRENT_TIME).expect("sent");
        self.connection.sync().expect("done");
    }

    /// Drags files over the middle of a window and drops them.
    pub(crate) fn drop_files(&mut self, window: Window, files: &[&Path]) {
        self.uris = files.iter().flat_map(|file| uri(file)).collect();
        (self.accepted, self.finished) = (false, false);
        let selection = self.atom("XdndSelection");
        self.connection.set_selection_owner(self.own, selection, CURRENT_TIME).expect("sent");
        let geometry = self.connection.get_geometry(window).expect("sent").reply().expect("a place");
        let place =
            self.connection.translate_coordinates(window, self.root, 0, 0).expect("sent").reply().expect("a place");
        let x = place.dst_x.cast_unsigned() + geometry.width / 2;
        let y = place.dst_y.cast_unsigned() + geometry.height / 2;
        let (list, copy) = (self.atom("text/uri-list"), self.atom("XdndActionCopy"));
        self.tell(window, "XdndEnter", [5 << 24, list, 0, 0]);
        for step in 0..3 {
            self.accepted = false;
            let at = (u32::from(x) << 16) | u32::from(y + step);
            self.tell(window, "XdndPosition", [0, at, CURRENT_TIME, copy]);
            self.until("an answer to the drag", Duration::from_secs(10), |screen| screen.accepted);
        }
        self.tell(window, "XdndDrop", [0, CURRENT_TIME, 0, 0]);
        self.until("the end of the drop", Duration::from_secs(10), |screen| screen.finished);
    }

    fn tell(&self, window: Window, what: &str, data: [u32; 4]) {
        let data = [self.own, data[0], data[1], data[2], data[3]];
        let message = ClientMessageEvent::new(32, window, self.atom(what), data);
        self.connection.send_event(false, window, EventMask::NO_EVENT, message).expect("sent");
        self.connection.flush().expect("sent");
    }

    fn answer(&mut self, event: &Event) {
        match event {
            Event::SelectionRequest(request) => self.hand_over(request),
            Event::ClientMessage(message) if message.type_ == self.atom("XdndStatus") => {
                self.accepted = message.data.as_data32()[1] & 1 == 1;
            }
            Event::ClientMessage(message) if message.type_ == self.atom("XdndFinished") => self.finished = true,
            _ => {}
        }
    }

    fn hand_over(&self, request: &SelectionRequestEvent) {
        let (kind, bytes) = if request.selection == self.atom("CLIPBOARD") {
            let Some((kind, bytes)) = &self.clipboard else { return };
            (self.atom(kind), bytes.as_slice())
        } else {
            (self.atom("text/uri-list"), self.uris.as_slice())
        };
        let mut property = if request.property == x11rb::NONE { request.target } else { request.property };
        let (requestor, mode) = (request.requestor, PropMode::REPLACE);
        if request.target == self.atom("TARGETS") {
            let targets = [self.atom("TARGETS"), kind];
            self.connection.change_property32(mode, requestor, property, AtomEnum::ATOM, &targets).expect("sent");
        } else if request.target == kind {
            self.connection.change_property8(mode, requestor, property, kind, bytes).expect("sent");
        } else {
            property = x11rb::NONE;
        }
        let notify = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: request.time,
            requestor,
            selection: request.selection,
            target: request.target,
            property,
        };
        self.connection.send_event(false, requestor, EventMask::NO_EVENT, notify).expect("sent");
        self.connection.flush().expect("sent");
    }

    fn atom(&self, name: &str) -> Atom {
        self.connection.intern_atom(false, name.as_bytes()).expect("sent").reply().expect("an atom").atom
    }

    /// A picture of a window.
    pub(crate) fn picture(&self, window: Window) -> image::RgbImage {
        let geometry = self.connection.get_geometry(window).expect("sent").reply().expect("a size");
        let (width, height) = (geometry.width, geometry.height);
        let reply = self.connection.get_image(ImageFormat::Z_PIXMAP, window, 0, 0, width, height, u32::MAX);
        let data = reply.expect("sent").reply().expect("a picture").data;
        let rgb = data.chunks(4).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect();
        image::RgbImage::from_raw(width.into(), height.into(), rgb).expect("as large as it said")
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

/// One line of a `text/uri-list`.
fn uri(path: &Path) -> Vec<u8> {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(byte);
    let encode = |byte: &u8| if is_plain(byte) { vec![*byte] } else { format!("%{byte:02X}").into_bytes() };
    let path: Vec<u8> = path.as_os_str().as_bytes().iter().flat_map(encode).collect();
    [b"file://".as_slice(), &path, b"\r\n"].concat()
}

/// A running program; killed if it is still there at the end.
pub(crate) struct Program {
    pub(crate) child: Child,
    stdout: PathBuf,
}

impl Program {
    /// What it has printed so far, as JSON lines.
    pub(crate) fn lines(&self) -> Vec<serde_json::Value> {
        let text = fs::read_to_string(&self.stdout).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
