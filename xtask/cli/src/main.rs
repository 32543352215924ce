//! The `xtask` program of this repository. Other repositories have a file like this one of their own and their own `config/`.

fn main() -> std::process::ExitCode {
    xtask::main()
}
