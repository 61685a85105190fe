// Command speed says what it costs to parse an access grant, restrict it to one prefix and serialize it, in nanoseconds.
// Run natively or as WebAssembly: speed <access grant> <milliseconds>
package main

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"storj.io/common/grant"
)

func main() {
	text := os.Args[1]
	milliseconds, err := strconv.Atoi(os.Args[2])
	check(err)
	once(text)
	best := int64(1 << 62)
	for end := time.Now().Add(time.Duration(milliseconds) * time.Millisecond); time.Now().Before(end); {
		begin := time.Now()
		const batch = 200
		for i := 0; i < batch; i++ {
			once(text)
		}
		best = min(best, time.Since(begin).Nanoseconds()/batch)
	}
	fmt.Println(best)
}

func once(text string) {
	access, err := grant.ParseAccess(text)
	check(err)
	restricted, err := access.Restrict(
		grant.Permission{AllowDownload: true, AllowList: true},
		grant.SharePrefix{Bucket: "photos", Prefix: "2026/"},
	)
	check(err)
	_, err = restricted.Serialize()
	check(err)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
