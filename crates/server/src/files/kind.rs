//! What an image is, told by its content.

use std::io::{self, Read, Seek, SeekFrom};

use imagesize::ImageType;

/// Where an image must have said how large it is, in bytes. Before that a photograph may carry
/// segments of other things.
const HEAD: u64 = 1_048_576;

/// How every PNG begins: its signature, then a header of 13 bytes.
const PNG_BEGIN: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR";

/// How every PNG ends: an empty chunk and its checksum.
const PNG_END: &[u8] = b"\0\0\0\0IEND\xae\x42\x60\x82";

/// The kinds of images that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageKind {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// GIF.
    Gif,
    /// WebP.
    Webp,
}

impl ImageKind {
    /// What names of new files end with.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Gif => "gif",
            Self::Webp => "webp",
        }
    }

    /// The kind of names that end like this.
    pub(super) fn of_extension(extension: &str) -> Option<Self> {
        match extension {
            "jpg" | "jpeg" => Some(Self::Jpeg),
            "png" => Some(Self::Png),
            "gif" => Some(Self::Gif),
            "webp" => Some(Self::Webp),
            _ => None,
        }
    }

    /// Which kind the content is of, or `None` if it is no such image. Reads at most the first
    /// [`HEAD`] bytes and the last few.
    ///
    /// A few bytes of magic are not enough: the headers up to the size of the picture must be there,
    /// and the formats that say where they end must end with the file. What is hidden inside of a
    /// whole image cannot be told this way.
    pub(super) fn of_content(content: &mut (impl Read + Seek)) -> io::Result<Option<Self>> {
        let length = content.seek(SeekFrom::End(0))?;
        let mut tail = Vec::with_capacity(PNG_END.len());
        content.seek(SeekFrom::Start(length.saturating_sub(PNG_END.len() as u64)))?;
        content.read_to_end(&mut tail)?;
        let mut head = Vec::new();
        content.seek(SeekFrom::Start(0))?;
        content.take(HEAD).read_to_end(&mut head)?;
        Ok(Self::told_by(&head, &tail, length))
    }

    fn told_by(head: &[u8], tail: &[u8], length: u64) -> Option<Self> {
        let size = imagesize::blob_size(head).ok()?;
        if size.width == 0 || size.height == 0 {
            return None;
        }
        let (kind, whole) = match imagesize::image_type(head).ok()? {
            ImageType::Jpeg => (Self::Jpeg, true),
            ImageType::Png => (Self::Png, head.starts_with(PNG_BEGIN) && tail.ends_with(PNG_END)),
            ImageType::Gif => (Self::Gif, is_whole_gif(head, tail)),
            ImageType::Webp => (Self::Webp, is_whole_webp(head, length)),
            _ => return None,
        };
        whole.then_some(kind)
    }
}

/// Whether an extension or an image follows the table of colours, and the trailer comes last.
fn is_whole_gif(head: &[u8], tail: &[u8]) -> bool {
    const DESCRIPTOR: usize = 13;
    let flags = head.get(10).copied().unwrap_or_default();
    let colours = if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let is_version = head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a");
    is_version
        && matches!(head.get(DESCRIPTOR + colours), Some(0x21 | 0x2c))
        && tail.ends_with(b";")
}

/// Whether the container is as long as it says. Some writers leave out its last byte of padding,
/// others do not count it.
fn is_whole_webp(head: &[u8], length: u64) -> bool {
    let said = head.get(4..8).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
    said.is_some_and(|said| (u64::from(said) + 8).abs_diff(length) <= 1)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;
    use crate::files::testing::{gif, jpeg, png, webp};

    fn kind(content: impl AsRef<[u8]>) -> Option<ImageKind> {
        ImageKind::of_content(&mut Cursor::new(content)).unwrap()
    }

    #[test]
    fn each_kind_is_told_by_its_content() {
        assert_eq!(kind(png()), Some(ImageKind::Png));
        assert_eq!(kind(gif()), Some(ImageKind::Gif));
        assert_eq!(kind(webp()), Some(ImageKind::Webp));
        assert_eq!(kind(jpeg()), Some(ImageKind::Jpeg));
    }

    #[test]
    fn a_photograph_may_carry_much_before_its_picture() {
        let mut jpeg = b"\xff\xd8".to_vec();
        for _ in 0..10 {
            jpeg.extend(b"\xff\xe2\xff\xff");
            jpeg.extend(b"x".repeat(65_533));
        }
        jpeg.extend(&crate::files::testing::jpeg()[2..]);
        assert_eq!(kind(jpeg), Some(ImageKind::Jpeg));
    }

    #[test]
    fn other_things_are_no_images() {
        let tiff = [b"II*\0\x08\0\0\0".as_slice(), &[0; 40]].concat();
        let bmp = [b"BM".as_slice(), &[1; 60]].concat();
        let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
        for other in [b"".as_slice(), b"hello, world", b"<!doctype html>", svg, &tiff, &bmp] {
            assert_eq!(kind(other), None);
        }
    }

    #[test]
    fn magic_in_front_of_something_else_is_no_image() {
        let html = b"<html><script>alert(document.domain)</script></html>".as_slice();
        let script = b"/*  */=1;alert(1)//;".as_slice();
        for magic in [
            b"\xff\xd8\xff".as_slice(),
            b"\x89PNG",
            b"\x89PNG\r\n\x1a\n",
            PNG_BEGIN,
            b"GIF8",
            b"GIF89a",
            b"GIF89a\x01\0\x01\0\0\0\0",
            b"RIFF\x40\0\0\0WEBP",
            b"RIFF\x40\0\0\0WEBPVP8 ",
        ] {
            for rest in [html, script] {
                assert_eq!(kind([magic, rest].concat()), None, "{magic:?}");
            }
        }
    }

    #[test]
    fn what_is_appended_to_an_image_that_says_where_it_ends_is_told() {
        for image in [png(), gif(), webp()] {
            assert_eq!(kind([image.as_slice(), b"<script>alert(1)</script>"].concat()), None);
        }
    }

    #[test]
    fn a_picture_without_size_is_none() {
        let gif = [b"GIF89a\0\0\x01\0\0\0\0".as_slice(), &gif()[19..]].concat();
        assert_eq!(kind(gif), None);
    }

    #[test]
    fn an_image_that_was_cut_in_its_headers_is_none() {
        for (image, headers) in [(png(), 56), (gif(), 34), (webp(), 32), (jpeg(), 29)] {
            for length in 0..headers.min(image.len() - 1) {
                assert_eq!(kind(&image[..length]), None, "{length} bytes of {image:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_follows_the_magic_is_read_to_an_end(
            magic in prop::sample::select(vec![
                b"\xff\xd8\xff".to_vec(), PNG_BEGIN.to_vec(), b"GIF89a".to_vec(),
                b"RIFF\x40\0\0\0WEBPVP8X".to_vec(), b"RIFF\x40\0\0\0WEBPVP8L".to_vec(),
            ]),
            rest in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            kind([magic, rest].concat());
        }
    }
}
