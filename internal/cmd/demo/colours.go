package main

import (
	"io"
	"os"
)

// onTerminal reports whether people look at out who want colours: it is a
// terminal, and neither NO_COLOR (https://no-color.org) nor TERM forbids them.
func onTerminal(out io.Writer, getenv func(string) string) bool {
	file, ok := out.(*os.File)
	if !ok || getenv("NO_COLOR") != "" || getenv("TERM") == "dumb" {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (n *narrator) bold(s string) string  { return n.painted("1", s) }
func (n *narrator) green(s string) string { return n.painted("32", s) }
func (n *narrator) red(s string) string   { return n.painted("31", s) }

// painted is s in a style of ANSI terminals.
func (n *narrator) painted(style, s string) string {
	if !n.paint {
		return s
	}
	return "\x1b[" + style + "m" + s + "\x1b[0m"
}
