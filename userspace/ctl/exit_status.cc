// SPDX-License-Identifier: Apache-2.0
#include "ctl/exit_status.h"

namespace buddyring {
namespace {

ExitStatus status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::not_found:
      return ExitStatus::not_found;
    case ErrorKind::unreachable:
      return ExitStatus::unreachable;
    case ErrorKind::invalid:
    case ErrorKind::access_denied:
    case ErrorKind::wrong_version:
    case ErrorKind::conflict:
    case ErrorKind::unheard:
    case ErrorKind::no_carrier:
    case ErrorKind::system:
      break;
  }
  return ExitStatus::failure;
}

}  // namespace

Failure::Failure(const Error& error) : Failure(status_of(error.kind), error.message) {}

const char* kind_name(ExitStatus status) {
  switch (status) {
    case ExitStatus::ok:
      return "ok";
    case ExitStatus::failure:
      return "failure";
    case ExitStatus::usage:
      return "usage";
    case ExitStatus::not_found:
      return "not_found";
    case ExitStatus::unreachable:
      return "unreachable";
    case ExitStatus::ring_violated:
      return "ring_violated";
  }
  return "failure";
}

}  // namespace buddyring
