//go:build unix

package main

import "errors"

func reload() error { return errors.New("use systemctl reload") }
