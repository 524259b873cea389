//go:build !linux

package main

func floorMain() {}
