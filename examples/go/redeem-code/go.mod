module valetkey/examples/redeem-code

go 1.22.0

require github.com/golang-jwt/jwt/v5 v5.3.1
