//! The smallest images there are, made by hand.

/// One red pixel.
pub(crate) fn png() -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    png.extend(b"\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90\x77\x53\xde");
    png.extend(b"\0\0\0\x0cIDAT\x08\xd7\x63\xf8\xcf\xc0\0\0\x03\x01\x01\0\x18\xdd\x8d\xb0");
    png.extend(b"\0\0\0\0IEND\xae\x42\x60\x82");
    png
}

/// One pixel, with a table of two colours.
pub(crate) fn gif() -> Vec<u8> {
    let mut gif = b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0".to_vec();
    gif.extend(b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0;");
    gif
}

/// One pixel, without loss.
pub(crate) fn webp() -> Vec<u8> {
    let mut webp = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0".to_vec();
    webp.extend(b"\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0");
    webp
}

/// One pixel of grey: headers up to the first scan, the scan, and the end.
pub(crate) fn jpeg() -> Vec<u8> {
    let mut jpeg = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0".to_vec();
    jpeg.extend(b"\xff\xc0\0\x0b\x08\0\x01\0\x01\x01\x01\x11\0");
    jpeg.extend(b"\xff\xda\0\x08\x01\x01\0\0\x3f\0\x7f\xff\xd9");
    jpeg
}
