package app

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"linklog/app/system/prefs"
)

// endless is Fyne that does not end though it is told to, as 2.8.1 sometimes does.
type endless struct {
	fyne.App
	running chan struct{}
	ended   chan struct{} // by the test
}

func (e endless) Run() {
	close(e.running)
	<-e.ended
}

func (endless) Quit() {}

// Who quits does not leave a process behind, without a window and with all that the next one
// needs: also if Fyne, a fake one here, never ends. One that ends is left to itself.
func TestQuitThoughFyneDoesNotEnd(t *testing.T) {
	for name, quit := range map[string]func(*App, context.CancelFunc){
		"by the user":  func(x *App, _ context.CancelFunc) { x.quit() },
		"by a signal":  func(_ *App, stop context.CancelFunc) { stop() },
		"it ends soon": nil,
	} {
		t.Run(name, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			fake := endless{test.NewTempApp(t), make(chan struct{}), make(chan struct{})}
			stuck, ran := make(chan struct{}), make(chan struct{})
			choices := prefs.Load(filepath.Join(t.TempDir(), "app.json"), func(err error) { t.Error(err) })
			x := newApp(ctx, fake, Config{
				Metadata: fyne.AppMetadata{Name: "LinkLog"}, Socket: filepath.Join(t.TempDir(), "s"), Prefs: choices, Hidden: true,
				Stuck: func() { close(stuck) }, Do: func(f func()) { f() },
			})
			x.leaveWithin = 10 * time.Millisecond
			if quit == nil {
				x.leaveWithin = time.Hour
			}
			go func() {
				defer close(ran)
				x.run(stop)
			}()
			<-fake.running
			if quit != nil {
				quit(x, stop)
				<-stuck
			} else {
				x.quit()
			}
			close(fake.ended)
			<-ran
			x.work.Wait()
			if err := choices.Close(); err != nil {
				t.Error(err)
			}
			select {
			case <-stuck:
				if quit == nil {
					t.Error("it was ended from outside")
				}
			default:
			}
		})
	}
}
