package routers

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// OnGin mounts the handler on gin.
func OnGin(pay http.Handler) http.Handler {
	r := gin.New()
	r.Use(gin.Recovery())
	r.Any("/pay/*rest", gin.WrapH(pay))
	return r
}
