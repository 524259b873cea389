package capture

import "testing"

func TestParseMAC(t *testing.T) {
	for in, want := range map[string]string{
		"02:00:5e:10:00:22":    "02:00:5e:10:00:22",
		"02-00-5E-10-00-aF":    "02:00:5e:10:00:af",
		"b0:e4:5c:27:ef:f2":    "b0:e4:5c:27:ef:f2",
		"":                     "",
		"02:00:5e:10:00":       "",
		"02:00:5e:10:00:22:00": "",
		"02:00:5e:10-00:22":    "",
		"02.00.5e.10.00.22":    "",
		"0g:00:5e:10:00:22":    "",
		"0`:00:5e:10:00:22":    "",
		"0@:00:5e:10:00:22":    "",
		"00:00:00:00:00:00":    "", // nobody's
		"ff:ff:ff:ff:ff:ff":    "", // everybody's
		"01:00:5e:00:00:fb":    "", // a group's
	} {
		m, ok := ParseMAC(in)
		if ok != (want != "") || m.String() != want {
			t.Errorf("ParseMAC(%q) = %q, %v, want %q", in, m, ok, want)
		}
	}
	private, _ := ParseMAC("da:a1:19:00:00:01")
	vendors, _ := ParseMAC("b0:e4:5c:27:ef:f2")
	if !private.IsPrivate() || vendors.IsPrivate() {
		t.Errorf("private: %v, a vendor's: %v", private.IsPrivate(), vendors.IsPrivate())
	}
}
