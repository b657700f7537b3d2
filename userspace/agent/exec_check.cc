// SPDX-License-Identifier: Apache-2.0
#include "agent/exec_check.h"

namespace buddyring {

bool ExecCheck::begin(Loop& loop, Loop::Token token) {
  auto child = ChildProcess::start({"/bin/sh", "-c", command_}, -1, -1, cpus_);
  if (!child) {
    why_ = child.error().message;
    return false;
  }
  child_.emplace(std::move(child.value()));
  loop.poll_in(child_->pidfd(), token);
  return true;
}

void ExecCheck::give_up(Loop& /*loop*/, Loop::Token /*token*/) { child_->kill_group(); }

bool ExecCheck::take(int /*result*/) {
  const ChildProcess::Exit exit = child_->collect();
  child_.reset();
  if (exit.code != 0) {
    why_ = describe(exit);
  }
  return exit.code == 0;
}

}  // namespace buddyring
