package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	ticksPerSec  = 100 // USER_HZ, which is 100 on all of Go's platforms
	samplePeriod = 20 * time.Millisecond
)

// awaitExit waits until a child has ended, leaving it to be waited for, and
// gives the CPU time of the children that it has waited for in its turn: of
// Terraform these are the provider's processes. proc(5), fields cutime and
// cstime; they count in hundredths of a second.
func awaitExit(pid int) time.Duration {
	for {
		if err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil); !errors.Is(err, unix.EINTR) {
			break
		}
	}
	fields := statFields(pid)
	const cutime, cstime = 13, 14 // counted from the state, the third field
	if len(fields) <= cstime {
		return 0
	}
	var ticks int64
	for _, i := range []int{cutime, cstime} {
		n, _ := strconv.ParseInt(fields[i], 10, 64) // the kernel's own number
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksPerSec
}

// statFields are the fields of a process's stat file from the third on; the
// second one, the name, may hold spaces.
func statFields(pid int) []string {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return nil
	}
	return strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
}

// watch finds the processes that run a binary below another process and keeps
// the highest of their peaks of resident memory.
type watch struct {
	binary string
	parent string
	stop   chan struct{}
	group  sync.WaitGroup
	peak   int64 // bytes
	seen   map[string]int
}

func newWatch(binary string) *watch {
	return &watch{binary: binary, stop: make(chan struct{}), seen: map[string]int{}}
}

func (w *watch) begin(parent int) {
	w.parent = strconv.Itoa(parent)
	if w.binary == "" {
		return
	}
	w.group.Go(func() {
		ticker := time.NewTicker(samplePeriod)
		defer ticker.Stop()
		for {
			select {
			case <-w.stop:
				return
			case <-ticker.C:
				w.look()
			}
		}
	})
}

// A process is looked at a few times, because it runs its parent's binary until
// it has changed to its own, and then not again.
const looks = 5

func (w *watch) look() {
	dir, err := os.Open("/proc")
	if err != nil {
		return
	}
	names, _ := dir.Readdirnames(-1) // what could be read will do
	_ = dir.Close()
	for _, name := range names {
		if name[0] < '1' || name[0] > '9' || w.seen[name] >= looks {
			continue
		}
		if exe, err := os.Readlink("/proc/" + name + "/exe"); err != nil || exe != w.binary {
			w.seen[name]++
			continue
		}
		pid, _ := strconv.Atoi(name)
		if fields := statFields(pid); len(fields) < 2 || fields[1] != w.parent {
			w.seen[name]++
			continue
		}
		w.peak = max(w.peak, peakMemory(pid))
	}
}

func (w *watch) end() int64 {
	close(w.stop)
	w.group.Wait()
	return w.peak
}

// peakMemory is the most resident memory that a process ever had, in bytes.
func peakMemory(pid int) int64 {
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64) // the kernel's own number
			return kib << 10
		}
	}
	return 0
}
