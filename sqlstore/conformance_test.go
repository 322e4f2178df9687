package sqlstore_test

import (
	"testing"

	"github.com/go-highhelp/highhelp/sqlstore"
	"github.com/go-highhelp/highhelp/storetest"
	"github.com/stretchr/testify/require"
)

func TestConformance(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		shop := d.shop(t)
		h := storetest.Harness{Store: d.store(t), Other: d.store(t), Write: shop.ship, Written: shop.shipped, Doom: shop.doom}
		storetest.Run(t, func(*testing.T) storetest.Harness { return h })
	})
}

// Drivers are told apart from their errors alone, so one with another form of
// them must serve too.
func TestConformanceOfAnotherDriver(t *testing.T) {
	d := newDatabase(t, sqlstore.SQLite)
	require.NoError(t, d.store(t).Migrate(t.Context()))
	shop, w := d.shop(t), &wrapped{fail: foreign}
	h := storetest.Harness{
		Store: d.on(t, d.wrap(t, w)), Other: d.on(t, d.wrap(t, w)), Write: shop.ship, Written: shop.shipped, Doom: shop.doom,
	}
	storetest.Run(t, func(*testing.T) storetest.Harness { return h })
}
