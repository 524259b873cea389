// Package winetest is a Windows of a test's own, as far as wine is one.
package winetest
