package notify

import (
	"fmt"
	"hash/fnv"
	"runtime"
	"syscall"
	"unsafe"

	"git.sr.ht/~jackmordaunt/go-toast/v2/wintoast"
	"golang.org/x/sys/windows"
)

// What wintoast has no way to: a toast with a tag takes the place of the last one
// with the same tag, and can be taken back by it. The interfaces, their numbers and
// the order of their methods are those of windows.ui.notifications.idl and
// windows.data.xml.dom.idl in the Windows SDK; the first six methods are those of
// IInspectable.

// object is an object of COM.
type object struct{ methods *[16]uintptr }

const (
	queryInterface = 0
	release        = 2
	first          = 6 // after those of IInspectable
)

// call calls a method. Pointers among its arguments are converted to uintptr in the
// call itself, so that what they point to stays where it is.
//
//go:uintptrescapes
func (o *object) call(method int, args ...uintptr) error {
	hr, _, _ := syscall.SyscallN(o.methods[method], append([]uintptr{uintptr(unsafe.Pointer(o))}, args...)...)
	return failed(hr)
}

func (o *object) release() {
	if o != nil {
		o.call(release) // which gives a count, no error
	}
}

// as gives another interface of the same object.
func (o *object) as(iid windows.GUID) (*object, error) {
	var out *object
	err := o.call(queryInterface, uintptr(unsafe.Pointer(&iid)), uintptr(unsafe.Pointer(&out)))
	return out, err
}

func failed(hr uintptr) error {
	if int32(hr) < 0 {
		return fmt.Errorf("HRESULT 0x%08x", uint32(hr))
	}
	return nil
}

// winrt is what is needed of combase.dll. Windows 7 has none.
type winrt struct {
	initialize, uninitialize, activate, factory, newString, deleteString, register, revoke *windows.LazyProc

	started, registered bool
	cookie              uint32
}

func loadWinRT() (*winrt, error) {
	dll := windows.NewLazySystemDLL("combase.dll")
	w := &winrt{
		initialize: dll.NewProc("RoInitialize"), uninitialize: dll.NewProc("RoUninitialize"),
		activate: dll.NewProc("RoActivateInstance"), factory: dll.NewProc("RoGetActivationFactory"),
		newString: dll.NewProc("WindowsCreateString"), deleteString: dll.NewProc("WindowsDeleteString"),
		register: dll.NewProc("CoRegisterClassObject"), revoke: dll.NewProc("CoRevokeClassObject"),
	}
	for _, p := range []*windows.LazyProc{w.initialize, w.uninitialize, w.activate, w.factory, w.newString, w.deleteString, w.register, w.revoke} {
		if err := p.Find(); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// start makes this thread, which must stay the caller's, one of WinRT's, and has
// clicks brought to wintoast's callback.
func (w *winrt) start() error {
	const multithreaded, localServer, multipleUse = 1, 4, 1
	const changedMode = 0x80010106 // it is one already, of another kind, which will do
	hr, _, _ := w.initialize.Call(multithreaded)
	w.started = failed(hr) == nil
	if !w.started && uint32(hr) != changedMode {
		return fmt.Errorf("RoInitialize: %w", failed(hr))
	}
	hr, _, _ = w.register.Call(uintptr(unsafe.Pointer(wintoast.GUID_ImplNotificationActivationCallback)), uintptr(unsafe.Pointer(wintoast.ClassFactory)),
		localServer, multipleUse, uintptr(unsafe.Pointer(&w.cookie)))
	if err := failed(hr); err != nil {
		return fmt.Errorf("CoRegisterClassObject: %w", err)
	}
	w.registered = true
	return nil
}

// stop ends what start began, on the same thread. Without it the system may call back
// into Go while the process ends, which cannot work.
func (w *winrt) stop() {
	if w.registered {
		w.revoke.Call(uintptr(w.cookie))
	}
	if w.started {
		w.uninitialize.Call()
	}
	w.registered, w.started = false, false
}

// with calls f with texts as HSTRINGs, which end with the call.
func (w *winrt) with(f func(h []uintptr) error, texts ...string) error {
	var all []uintptr
	defer func() {
		for _, h := range all {
			w.deleteString.Call(h)
		}
	}()
	for _, s := range texts {
		text, err := windows.UTF16FromString(s)
		if err != nil {
			return err
		}
		var h uintptr
		hr, _, _ := w.newString.Call(uintptr(unsafe.Pointer(&text[0])), uintptr(len(text)-1), uintptr(unsafe.Pointer(&h)))
		if err := failed(hr); err != nil {
			return err
		}
		all = append(all, h)
	}
	return f(all)
}

// class returns the statics of a class.
func (w *winrt) class(name string, iid windows.GUID) (out *object, err error) {
	err = w.with(func(h []uintptr) error {
		hr, _, _ := w.factory.Call(h[0], uintptr(unsafe.Pointer(&iid)), uintptr(unsafe.Pointer(&out)))
		return failed(hr)
	}, name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return out, nil
}

var (
	iidXMLDocument    = windows.GUID{Data1: 0xf7f3a506, Data2: 0x1e87, Data3: 0x42d6, Data4: [8]byte{0xbc, 0xfb, 0xb8, 0xc8, 0x09, 0xfa, 0x54, 0x94}}
	iidXMLDocumentIO  = windows.GUID{Data1: 0x6cd0e74e, Data2: 0xee65, Data3: 0x4489, Data4: [8]byte{0x9e, 0xbf, 0xca, 0x43, 0xe8, 0x7b, 0xa6, 0x37}}
	iidToastFactory   = windows.GUID{Data1: 0x04124b20, Data2: 0x82c6, Data3: 0x4229, Data4: [8]byte{0xb1, 0x09, 0xfd, 0x9e, 0xd4, 0x66, 0x2b, 0x53}}
	iidToast2         = windows.GUID{Data1: 0x9dfb9fd1, Data2: 0x143a, Data3: 0x490e, Data4: [8]byte{0x90, 0xbf, 0xb9, 0xfb, 0xa7, 0x13, 0x2d, 0xe7}}
	iidManagerStatics = windows.GUID{Data1: 0x50ac103f, Data2: 0xd235, Data3: 0x4598, Data4: [8]byte{0xbb, 0xef, 0x98, 0xfe, 0x4d, 0x1a, 0x3a, 0xd4}}
)

const (
	classToast   = "Windows.UI.Notifications.ToastNotification"
	classManager = "Windows.UI.Notifications.ToastNotificationManager"
	classXML     = "Windows.Data.Xml.Dom.XmlDocument"

	group = "LinkLog"
)

// tag is a tag for an ID: Windows 10 took no more than 16 characters at first.
func tag(id string) string {
	h := fnv.New64a()
	h.Write([]byte(id))
	return fmt.Sprintf("%016x", h.Sum64())
}

// show shows a toast in the place of the last one with the same ID.
func (w *winrt) show(appID, id, xml string) error {
	var inspectable, content *object
	err := w.with(func(h []uintptr) error {
		hr, _, _ := w.activate.Call(h[0], uintptr(unsafe.Pointer(&inspectable)))
		if err := failed(hr); err != nil {
			return err
		}
		io, err := inspectable.as(iidXMLDocumentIO)
		if err != nil {
			return err
		}
		defer io.release()
		if err := io.call(first, h[1]); err != nil { // LoadXml
			return err
		}
		content, err = inspectable.as(iidXMLDocument)
		return err
	}, classXML, xml)
	defer inspectable.release()
	if err != nil {
		return fmt.Errorf("%s: %w", classXML, err)
	}
	defer content.release()

	toasts, err := w.class(classToast, iidToastFactory)
	if err != nil {
		return err
	}
	defer toasts.release()
	var toast *object
	err = toasts.call(first, uintptr(unsafe.Pointer(content)), uintptr(unsafe.Pointer(&toast))) // CreateToastNotification
	if err != nil {
		return fmt.Errorf("CreateToastNotification: %w", err)
	}
	defer toast.release()
	tagged, err := toast.as(iidToast2)
	if err != nil {
		return fmt.Errorf("IToastNotification2: %w", err)
	}
	defer tagged.release()
	manager, err := w.class(classManager, iidManagerStatics)
	if err != nil {
		return err
	}
	defer manager.release()
	return w.with(func(h []uintptr) error {
		if err := tagged.call(first, h[0]); err != nil { // put_Tag
			return fmt.Errorf("put_Tag: %w", err)
		}
		if err := tagged.call(first+2, h[1]); err != nil { // put_Group
			return fmt.Errorf("put_Group: %w", err)
		}
		var notifier *object
		if err := manager.call(first+1, h[2], uintptr(unsafe.Pointer(&notifier))); err != nil { // CreateToastNotifierWithId
			return fmt.Errorf("CreateToastNotifierWithId: %w", err)
		}
		defer notifier.release()
		err := notifier.call(first, uintptr(unsafe.Pointer(toast))) // Show
		runtime.KeepAlive(toast)
		return err
	}, tag(id), group, appID)
}
