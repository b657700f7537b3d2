// SPDX-License-Identifier: Apache-2.0
#include "core/membership.h"

namespace buddyring {

using enum MemberState;

constexpr MembershipTable table = {{
    // announced, row_missing, stop_asked, settled
    {member, joining, leaving, joining},  // joining
    {member, joining, leaving, member},   // member
    {leaving, leaving, leaving, gone},    // leaving
    {gone, gone, gone, gone},             // gone
}};

const MembershipTable membership_table = table;

}  // namespace buddyring
