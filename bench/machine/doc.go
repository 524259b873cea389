// Package machine says what figures were measured on, in the words that belong
// beside them.
package machine
