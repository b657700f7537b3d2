// SPDX-License-Identifier: Apache-2.0
// One ServerReplace from an operator's hand: connect, send, wait for the answer.
#pragma once

#include "core/replace_message.h"
#include "core/result.h"
#include "posix/pool_keys.h"

namespace buddyring {

// Blocks, each step for at most limits::replace_connection_timeout. Once: the
// receiver rereads its row when it must, so there is nothing to insist on.
[[nodiscard]] Result<ReplaceAck> call_replace(const Server& receiver, const PoolKeys& keys,
                                              const ReplaceMessage& message);

}  // namespace buddyring
