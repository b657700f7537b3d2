-- SPDX-License-Identifier: Apache-2.0
-- ChoosePlace: between which two a new server comes, which are one when it is alone, and nobody in
-- an empty pool: the one in the random slot and its buddy A, unless the new one's zone or the caller has a
-- say. Refuses a server whose address is taken, or of another family than the pool's: those two
-- could not probe each other, and all of a pool are of one family, so anybody of it tells which.
--
-- The indexes are named because to choose one costs a look into each.
-- Part of ServerAnnounceBeside. REQUIRES a transaction that has locked the pool's row.
IF (p_zone <> '' OR p_beside <> '') AND v_now.size > 0 THEN
  CALL RingPlace(v_now.pool_id, v_now.size, p_zone, p_beside, v_now.next);
  SELECT slot INTO v_now.slot FROM server WHERE pool_id = v_now.pool_id AND name = p_beside;
END IF;
SELECT holder.name, a.name, a.address, a.replace_port, a.incarnation, a.epoch + 1,
       b.name, b.address, b.replace_port, b.incarnation, b.epoch + 1
  INTO v_ends
  FROM server a FORCE INDEX (server_slot)
  JOIN server b ON b.pool_id = a.pool_id AND b.name = COALESCE(v_now.next, a.buddy_a, a.name)
  LEFT JOIN server holder FORCE INDEX (server_address)
         ON holder.pool_id = v_now.pool_id AND holder.address = p_address
  WHERE a.pool_id = v_now.pool_id AND a.slot = v_now.slot
  LIMIT 1;
IF v_ends.holder IS NOT NULL OR (v_ends.a_address LIKE '%:%') <> (p_address LIKE '%:%') THEN
  CALL RefuseAddress(p_address, v_ends.holder, v_ends.a_address);
END IF;
