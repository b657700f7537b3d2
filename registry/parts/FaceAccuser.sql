-- SPDX-License-Identifier: Apache-2.0
-- FaceAccuser: of the others of a run the accuser is A, whichever their rows have it as. Part of ServerDelete.
IF @b = p_accuser THEN
  SET @near = @b;
  SET @b = @a;
  SET @a = @near;
END IF;
