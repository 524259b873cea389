package service

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"linklog/service/deliver"
	"linklog/service/health"
	"linklog/service/settings"
)

// firstWithdraw and lastWithdraw are how long is waited before a broker is tried again.
const firstWithdraw, lastWithdraw = 2 * time.Second, time.Minute

// keepDevices remembers the devices of the outlets that are wanted, before they are announced, and
// has those withdrawn that are not wanted any more. o.mu is held.
func (o *Outlets) keepDevices(want []settings.Outlet, over []*toldOutlet) {
	var wanted []deliver.Device
	for _, s := range want {
		if s.Type == "mqtt" {
			s.ClientID = o.client(&s)
			wanted = append(wanted, deliver.DeviceOf(&s))
		}
	}
	if err := o.devices.Use(wanted, brokered(over), o.secrets.Get); err != nil {
		o.log.Warn("which devices brokers keep cannot be stored", "error", err)
	}
	select {
	case o.gone <- struct{}{}:
	default:
	}
}

// brokered are the outlets that stay connected to a broker.
func brokered(list []*toldOutlet) (all []*deliver.MQTT) {
	for _, r := range list {
		if m, is := r.outlet.(*deliver.MQTT); is {
			all = append(all, m)
		}
	}
	return all
}

// withdraw has brokers remove the devices of outlets that are gone, as soon as they answer, until
// ctx ends.
func (o *Outlets) withdraw(ctx context.Context) {
	owed := make(map[string]error) // why, by outlet
	retry := firstWithdraw
	for {
		var again <-chan time.Time
		if len(owed) > 0 {
			again = time.After(retry + time.Duration(rand.Int64N(int64(retry)/4)))
		}
		select { // at first until it is known which outlets are in use
		case <-again:
			retry = min(2*retry, lastWithdraw)
		case <-o.gone:
			retry = firstWithdraw
		case <-ctx.Done():
			return
		}
		before := owed
		owed = make(map[string]error)
		for _, d := range o.devices.Gone() {
			o.mu.Lock()
			inUse := brokered(slices.Collect(maps.Values(o.running)))
			o.mu.Unlock()
			err := d.Withdraw(ctx, o.secrets.Get, inUse)
			if ctx.Err() != nil {
				return
			}
			if err == nil {
				err = o.devices.Withdrawn(d)
			}
			if err != nil && owed[d.Name] == nil {
				owed[d.Name] = err
			}
		}
		for name, err := range owed {
			o.health.CheckAt(health.DeviceLeft, name, err)
		}
		for name := range before {
			if owed[name] == nil {
				o.health.Over(health.DeviceLeft, name)
			}
		}
	}
}
