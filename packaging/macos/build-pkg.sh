#!/bin/sh
# Builds LinkLog-VERSION.pkg on a Mac:  packaging/macos/build-pkg.sh
#
# The package has LinkLog.app, for both processors, in /Applications, with the command inside, linked as
# /usr/local/bin/linklog; its postinstall makes the service by `linklog service install`. Needs Xcode's command line tools and
# Go. Signing and notarisation are done if the environment says by whom:
#
#   LINKLOG_MAC_APP_ID     "Developer ID Application: Name (TEAM)"
#   LINKLOG_MAC_PKG_ID     "Developer ID Installer: Name (TEAM)"
#   LINKLOG_MAC_NOTARY     name of credentials stored by: xcrun notarytool store-credentials NAME --apple-id … --team-id …
#   LINKLOG_MAC_KEYCHAIN   keychain they are in, if not the usual one
#
# Without them macOS asks the user to allow the package: System Settings, Privacy & Security, "Open Anyway".
# Not tried on the computer these lines were written on, which is no Mac; the release workflow runs it on one.
set -eu
cd "$(dirname "$0")/../.."
[ "$(uname -s)" = Darwin ] || {
	echo 'build-pkg.sh: a package for macOS can only be built on a Mac (pkgbuild, codesign)' >&2
	exit 1
}

version=$(scripts/dist/version)
numbers=$(scripts/dist/version windows | cut -d . -f 1-3)
: "${DIST:=dist}"
stage=$DIST/stage/macos
app=$stage/root/Applications/LinkLog.app
ldflags="-s -w -X main.version=$version"
rm -rf "$stage"
mkdir -p "$app/Contents/MacOS" "$app/Contents/Resources" "$stage/scripts"

# One file for both processors. clang builds for either on either.
for arch in amd64 arm64; do
	clang_arch=$arch
	[ $arch = arm64 ] || clang_arch=x86_64
	CGO_ENABLED=0 GOOS=darwin GOARCH=$arch scripts/go build -buildvcs=false -trimpath -ldflags "$ldflags" -o "$stage/linklog-$arch" ./cmd/linklog
	CGO_ENABLED=1 GOOS=darwin GOARCH=$arch CC="clang -arch $clang_arch" MACOSX_DEPLOYMENT_TARGET=12.0 \
		scripts/go build -buildvcs=false -trimpath -ldflags "$ldflags" -o "$stage/linklog-app-$arch" .
done
for program in linklog linklog-app; do
	lipo -create -output "$app/Contents/MacOS/$program" "$stage/$program-amd64" "$stage/$program-arm64"
done

sed "s/@NUMBERS@/$numbers/" packaging/macos/Info.plist >"$app/Contents/Info.plist"
plutil -lint "$app/Contents/Info.plist"
cp assets/icons/linklog.icns LICENSE THIRD_PARTY_NOTICES.md "$app/Contents/Resources/"
install -m 755 packaging/macos/uninstall.sh "$app/Contents/Resources/"
install -m 755 packaging/macos/postinstall packaging/macos/preinstall "$stage/scripts/"

if [ -n "${LINKLOG_MAC_APP_ID-}" ]; then
	# From the inside out; the hardened run-time is what notarisation asks for.
	codesign --force --timestamp --options runtime --sign "$LINKLOG_MAC_APP_ID" --identifier io.github.linklog.linklog "$app/Contents/MacOS/linklog"
	codesign --force --timestamp --options runtime --sign "$LINKLOG_MAC_APP_ID" "$app"
else
	echo 'not signed (no LINKLOG_MAC_APP_ID)'
	codesign --force --sign - "$app/Contents/MacOS/linklog" # Apple's processors run nothing without at least this
	codesign --force --sign - "$app"
fi
codesign --verify --deep --strict "$app"

# Else macOS puts an update wherever a copy of the app was dragged to.
pkgbuild --analyze --root "$stage/root" "$stage/components.plist" >/dev/null
plutil -replace 0.BundleIsRelocatable -bool NO "$stage/components.plist"
pkgbuild --root "$stage/root" --component-plist "$stage/components.plist" --scripts "$stage/scripts" \
	--identifier io.github.linklog.LinkLog --version "$numbers" --min-os-version 12.0 --install-location / "$stage/LinkLog.pkg"

sed "s/@NUMBERS@/$numbers/" packaging/macos/distribution.xml >"$stage/distribution.xml"
mkdir "$stage/texts"
cp LICENSE "$stage/texts/LICENSE.txt"
pkg=$DIST/LinkLog-$version.pkg
set --
[ -z "${LINKLOG_MAC_PKG_ID-}" ] || set -- --timestamp --sign "$LINKLOG_MAC_PKG_ID"
productbuild --distribution "$stage/distribution.xml" --package-path "$stage" --resources "$stage/texts" "$@" "$pkg"

if [ -n "${LINKLOG_MAC_NOTARY-}" ]; then
	xcrun notarytool submit "$pkg" --keychain-profile "$LINKLOG_MAC_NOTARY" ${LINKLOG_MAC_KEYCHAIN:+--keychain "$LINKLOG_MAC_KEYCHAIN"} --wait
	xcrun stapler staple "$pkg"
	spctl --assess --type install --verbose "$pkg"
fi
echo "built: $pkg"
