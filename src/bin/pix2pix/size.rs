//! `--size`: the size at which the network sees pictures.

use pix2pix_web::image::Size;

/// `N`, `WxH` or `native`.
pub fn size(text: &str) -> Result<Size, String> {
    let side =
        |text: &str| text.parse::<u32>().map_err(|_| "expected N, WxH or native".to_string());
    match text.split_once('x') {
        _ if text == "native" => Ok(Size::Native),
        Some((width, height)) => Ok(Size::Of(side(width)?, side(height)?)),
        None => side(text).map(|side| Size::Of(side, side)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_read() {
        assert_eq!(size("512"), Ok(Size::Of(512, 512)));
        assert_eq!(size("512x256"), Ok(Size::Of(512, 256)));
        assert_eq!(size("native"), Ok(Size::Native));
        for wrong in ["", "x", "512x", "-1", "1.5", "large", "1x2x3"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
