# SPDX-License-Identifier: Apache-2.0
# Waiting in bash: always for a state, always with a deadline; what wait.h is in C++.

wait_poll_s=0.2

# wait_until SECONDS COMMAND...: true as soon as the command succeeds, false when it
# did not within that time.
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep "$wait_poll_s"
  done
}
