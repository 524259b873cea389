#!/bin/sh
# Renders the icons anew from the SVG files: the sizes of the icon theme, the tray's, and those of Windows and macOS.
# Up to 32 pixels they are drawn from linklog-small.svg, which lies on a grid of 16 pixels.
# Needs rsvg-convert (librsvg2-bin), convert (imagemagick) and png2icns (icnsutils).
set -eu
cd "$(dirname "$0")"
for size in 16 22 24 32; do
	rsvg-convert -w $size -h $size -o linklog-$size.png linklog-small.svg
done
for size in 48 64 128 256 512; do
	rsvg-convert -w $size -h $size -o linklog-$size.png linklog.svg
done
for state in listening waiting trouble; do
	rsvg-convert -w 64 -h 64 -o tray-$state.png tray-$state.svg
done
convert linklog-16.png linklog-24.png linklog-32.png linklog-48.png linklog-64.png linklog-256.png linklog.ico
png2icns linklog.icns linklog-16.png linklog-32.png linklog-48.png linklog-128.png linklog-256.png linklog-512.png >/dev/null
