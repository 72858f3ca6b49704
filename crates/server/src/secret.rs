//! The secret that signs tokens: configured, or for a demo made once and kept.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tempfile::NamedTempFile;

use crate::clock::Sources;
use crate::config::{ConfigError, Secret};

/// A shorter secret is refused: it can be guessed.
const SHORTEST_BYTES: usize = 16;
/// A shorter secret is warned of: HS256 is as strong as its key up to this length.
const STRONG_BYTES: usize = 32;
/// The file in the data folder that keeps the secret of a demo.
const FILE: &str = "jwt-secret";

/// There is no secret to sign with.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// None is configured, or one that can be guessed.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The file of the demo's secret.
    #[error("the secret {} cannot be kept: {cause}", file.display())]
    File {
        /// Which file.
        file: PathBuf,
        /// Why.
        cause: io::Error,
    },
}

/// The configured secret. Refuses to go on without one: a default would be known to everyone.
pub(crate) fn configured(secret: Option<&Secret>) -> Result<Secret, SecretError> {
    let Some(secret) = secret else {
        let line = "JWT_SECRET is not set; it signs the tokens and has no default. Set it to at \
            least 16 random bytes (`openssl rand -hex 32` makes some), or try `tertulia serve --demo`";
        return Err(ConfigError::new(line).into());
    };
    let bytes = secret.expose().len();
    if bytes < SHORTEST_BYTES {
        let line = format!(
            "JWT_SECRET has {bytes} bytes, which can be guessed; allowed: at least \
             {SHORTEST_BYTES}, better {STRONG_BYTES} or more"
        );
        return Err(ConfigError::new(line).into());
    }
    if bytes < STRONG_BYTES {
        tracing::warn!("JWT_SECRET has {bytes} bytes; {STRONG_BYTES} or more are better");
    }
    Ok(secret.clone())
}

/// The secret of a demo: the configured one, else the one in the data folder, which is made when it
/// is first needed and which its owner alone can read. Without a folder it lives as long as the
/// process.
pub(crate) fn of_demo(
    secret: Option<&Secret>,
    folder: Option<&Path>,
    sources: &Sources,
) -> Result<Secret, SecretError> {
    if secret.is_some() {
        return configured(secret);
    }
    let Some(folder) = folder else {
        return Ok(random(sources));
    };
    let file = folder.join(FILE);
    let failed = |cause| SecretError::File { file: file.clone(), cause };
    std::fs::create_dir_all(folder).map_err(failed)?;
    match File::open(&file) {
        Ok(opened) => read(opened).map_err(failed),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            keep(folder, &file, random(sources)).map_err(failed)
        }
        Err(error) => Err(failed(error)),
    }
}

fn random(sources: &Sources) -> Secret {
    Secret::new(URL_SAFE_NO_PAD.encode(sources.bytes::<STRONG_BYTES>()))
}

fn read(mut file: File) -> io::Result<Secret> {
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    let text = text.trim();
    if text.len() < STRONG_BYTES {
        return Err(io::Error::other("it is cut short; delete it and a new one is made"));
    }
    Ok(Secret::new(text.to_owned()))
}

/// Keeps the secret, unless another server that was started at the same time was first: then it is
/// that one's. The file is whole as soon as it has its name, and its owner's alone.
fn keep(folder: &Path, file: &Path, secret: Secret) -> io::Result<Secret> {
    let mut draft = NamedTempFile::new_in(folder)?;
    draft.write_all(secret.expose())?;
    draft.as_file().sync_all()?;
    match draft.persist_noclobber(file) {
        Ok(_) => Ok(secret),
        Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => read(File::open(file)?),
        Err(failed) => Err(failed.error),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[test]
    fn none_and_short_ones_are_refused() {
        assert!(configured(None).unwrap_err().to_string().contains("JWT_SECRET is not set"));
        let line = configured(Some(&secret("fifteen-bytes!!"))).unwrap_err().to_string();
        assert!(line.contains("15 bytes") && !line.contains("fifteen"), "{line}");
        assert!(configured(Some(&secret("sixteen--bytes!!"))).is_ok());
    }

    #[test]
    fn a_demo_makes_one_and_keeps_it_to_itself() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let sources = Sources::system();
        let first = of_demo(None, Some(&data), &sources).unwrap();
        assert_eq!(first.expose().len(), 43);
        let mode = std::fs::metadata(data.join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(of_demo(None, Some(&data), &sources).unwrap().expose(), first.expose());
        let own = secret("a configured one wins over it");
        assert_eq!(of_demo(Some(&own), Some(&data), &sources).unwrap().expose(), own.expose());
    }

    #[test]
    fn demos_that_start_at_once_agree() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        let first =
            keep(folder.path(), &file, secret("the first, of at least 32 bytes....")).unwrap();
        let second =
            keep(folder.path(), &file, secret("the second, of at least 32 bytes...")).unwrap();
        assert_eq!(second.expose(), first.expose());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_demo_without_a_folder_draws_one_each_time() {
        let sources = Sources::system();
        let first = of_demo(None, None, &sources).unwrap();
        assert_ne!(first.expose(), of_demo(None, None, &sources).unwrap().expose());
    }

    #[test]
    fn a_file_that_was_cut_short_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "short").unwrap();
        let error = of_demo(None, Some(folder.path()), &Sources::system()).unwrap_err();
        assert!(error.to_string().contains("cut short"));
    }
}
