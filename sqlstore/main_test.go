package sqlstore_test

import (
	"os"
	"testing"

	"github.com/go-sql-driver/mysql"
)

// Tests break connections on purpose; the driver's log of that says nothing.
func TestMain(m *testing.M) {
	if err := mysql.SetLogger(&mysql.NopLogger{}); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
