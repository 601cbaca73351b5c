-- Whether the composition can be a conducting garnet film at all; unit 1 (0 to 1); better up
-- The product of four rules, each from 0 (broken) to 1 (kept). Marks: V verified, M memory, K knob (physics.md 1.5).
WITH film AS (
    SELECT
        candidate_id,
        neutral_li AS li,
        neutral_li * (1 + li_excess) AS arriving_li,
        "La" / nullif("Zr" + "Ta" + "Nb", 0) AS a_to_b,
        "Al" / 0.20 + "Ga" / 0.20 + ("Ta" + "Nb") / 0.25 AS dopant -- 1 is enough for the cubic phase, per 12 O (M)
    FROM candidate
),
rules AS (
    SELECT
        *,
        -- charge and lithium sites: best from 6 to 6.75 per 12 O, none below 5 and above 7.5 (M)
        greatest(0, least(1, li - 5.0, (7.5 - li) / 0.75)) AS lithium,
        -- a garnet has three large cations to two small ones; 20 % off is another compound (M)
        coalesce(greatest(0, 1 - abs(a_to_b / 1.5 - 1) / 0.2), 0) AS sites,
        -- undoped garnet is tetragonal and conducts a hundred times worse (V)
        0.2 + 0.8 * least(1, dopant) AS cubic,
        -- what is left of the arriving lithium after a loss of 10 to 40 % (K), against the window of the phase: below
        -- 5.6 it is pyrochlore, 0.4 above neutral it is lithium oxide (M). Kept when half of the window can be met
        greatest(0, least(1,
            (least(li + 0.4, 0.9 * arriving_li) - greatest(5.6, 0.6 * arriving_li))
            / (0.5 * greatest(0.1, li + 0.4 - 5.6)))) AS surplus
    FROM film
),
words AS (
    SELECT
        *,
        concat_ws('; ',
            CASE WHEN lithium < 0.9 THEN format('lithium {:.2f} per 12 O, best 6 to 6.75', li) END,
            CASE WHEN sites < 0.9 THEN
                coalesce(format('La : (Zr, Ta, Nb) is {:.2f}, a garnet has 1.5', a_to_b), 'no Zr, Ta or Nb') END,
            CASE WHEN cubic < 0.9 THEN format('dopant is {:.0f} % of what the cubic phase needs', 100 * dopant) END,
            CASE WHEN surplus < 0.9 THEN
                format('arriving lithium {:.2f} per 12 O: few losses of 10 to 40 % end in the garnet window',
                    arriving_li) END) AS broken
    FROM rules
)
SELECT
    candidate_id,
    lithium * sites * cubic * surplus AS score,
    if(broken = '', format('cubic garnet: lithium {:.2f} per 12 O, every rule kept', li), broken) AS because
FROM words
ORDER BY candidate_id;
