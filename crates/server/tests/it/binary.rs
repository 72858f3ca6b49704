//! The real binary, as a process of its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use serde_json::Value;

/// A server that has said where it listens. Killed when dropped.
pub(crate) struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
    /// What it printed first, up to the line with its address.
    pub(crate) banner: String,
    pub(crate) address: SocketAddr,
}

/// A command that runs the server in a folder with nothing but these variables.
pub(crate) fn command(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tertulia"));
    command.args(arguments).current_dir(folder).env_clear();
    command.env("PORT", "0").env("TERTULIA_SERVER__WORKERS", "1");
    command.envs(environment.iter().copied());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Gives a command its folder, its streams and nothing of this process's environment.
fn surround(command: &mut Command, folder: &Path) {
    command.current_dir(folder).env_clear();
    command.env("PORT", "0").env("TERTULIA_SERVER__WORKERS", "1");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
}

/// Runs a command to its end.
pub(crate) fn output(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    command(folder, arguments, environment).output().unwrap()
}

/// Runs a command that reads something from its standard input.
pub(crate) fn output_of_input(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = command(folder, arguments, &[]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    // One that refuses before it reads closes the pipe.
    child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
    child.wait_with_output().unwrap()
}

impl Running {
    /// Starts a server and waits until it says where it listens.
    pub(crate) fn start(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::spawn(command(folder, arguments, environment))
    }

    /// Starts a server through another command.
    pub(crate) fn start_command(mut command: Command, folder: &Path) -> Self {
        surround(&mut command, folder);
        Self::spawn(command)
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let address = SocketAddr::from(([0; 4], 0));
        let mut running = Self { child, out, banner: String::new(), address };
        running.read_banner();
        running
    }

    fn read_banner(&mut self) {
        loop {
            let mut line = String::new();
            let read = self.out.read_line(&mut line).unwrap();
            self.banner.push_str(&line);
            if read == 0 {
                let mut errors = String::new();
                self.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
                panic!("it ended before it listened: {}{errors}", self.banner);
            }
            if let Some((_, rest)) = line.split_once("http://") {
                let end = rest.find(['"', '\n', ' ']).unwrap_or(rest.len());
                self.address = rest[..end].parse().unwrap();
                return;
            }
        }
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end: exit code, what was printed, what was logged.
    pub(crate) fn wait(mut self) -> (Option<i32>, String, String) {
        let (mut rest, mut log) = (std::mem::take(&mut self.banner), String::new());
        self.out.read_to_string(&mut rest).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (self.child.wait().unwrap().code(), rest, log)
    }

    /// Reads its log until a line has this text.
    pub(crate) fn wait_for_log(&mut self, text: &str) {
        let log = BufReader::new(self.child.stderr.as_mut().unwrap());
        assert!(log.lines().any(|line| line.unwrap().contains(text)), "it never said {text:?}");
    }

    /// A connection to it.
    pub(crate) fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).unwrap()
    }

    /// Posts JSON on a connection of its own: the status and the body.
    pub(crate) fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let body = body.to_string();
        let (status, body) = self.send(&format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ));
        (status, serde_json::from_slice(&body).unwrap())
    }

    /// Gets a path on a connection of its own: the status and the body.
    pub(crate) fn get(&self, path: &str) -> (u16, Vec<u8>) {
        self.send(&format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"))
    }

    fn send(&self, request: &str) -> (u16, Vec<u8>) {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
        let body = answer.split_off(end + 4);
        let head = String::from_utf8(answer).unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already, which is what most tests wait for.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
