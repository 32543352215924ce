//! A person at a terminal: reads what is shown, types when asked, and is patient, but not for ever.

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

/// Ctrl-C.
const INTERRUPT: &str = "\u{3}";

/// After how long a person presses Ctrl-C again. Bash and busybox wait for a key, once in a thousand times on a busy machine, although the
/// signal came just before: POSIX has shells look for signals between commands, and `read` has begun then. The next one is heard.
const AGAIN: Duration = Duration::from_secs(3);

/// How often nothing may be shown for that long before the person gives up.
const PATIENCE: u32 = 60;

/// A command on a terminal of its own.
pub(crate) struct Terminal {
    running: Child,
    keys: ChildStdin,
    screen: Receiver<Vec<u8>>,
    shown: Vec<u8>,
}

impl Terminal {
    /// Starts `script`, which has the command run on a terminal.
    pub(crate) fn start(mut script: Command) -> Self {
        let mut running = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a terminal");
        let keys = running.stdin.take().expect("its input");
        let mut output = running.stdout.take().expect("its output");
        let (show, screen) = mpsc::channel::<Vec<u8>>();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = output.read(&mut buffer) {
                if show.send(buffer.iter().take(read).copied().collect()).is_err() {
                    return;
                }
            }
        });
        Self { running, keys, screen, shown: Vec::new() }
    }

    /// Waits for a question, which is the last that is shown, and types the answer.
    pub(crate) fn answer(&mut self, question: &str, answer: &str) {
        let from = self.shown.len();
        while !text(self.shown.get(from..).unwrap_or_default()).ends_with(question) {
            assert!(self.watch(""), "ended without asking {question}: {}", text(&self.shown));
        }
        self.type_in(answer);
    }

    /// Types Ctrl-C until something comes of it.
    pub(crate) fn interrupt(&mut self) {
        self.type_in(INTERRUPT);
        self.watch(INTERRUPT);
    }

    /// Reads on to the end and returns everything that was shown.
    pub(crate) fn end(mut self) -> String {
        while self.watch("") {}
        self.running.wait().expect("it ends");
        text(&self.shown)
    }

    /// Waits until more is shown, typing `again` meanwhile; false at the end.
    fn watch(&mut self, again: &str) -> bool {
        for _ in 0..PATIENCE {
            match self.screen.recv_timeout(AGAIN) {
                Ok(more) => {
                    self.shown.extend(more);
                    return true;
                }
                Err(RecvTimeoutError::Disconnected) => return false,
                Err(RecvTimeoutError::Timeout) => self.type_in(again),
            }
        }
        let _ = self.running.kill();
        panic!("nothing more is shown after: {}", text(&self.shown));
    }

    fn type_in(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("typed");
    }
}

fn text(shown: &[u8]) -> String {
    String::from_utf8_lossy(shown).into_owned()
}
