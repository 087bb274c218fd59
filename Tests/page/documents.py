"""The documents that the page is tested with: 216 short texts on six subjects, the same in every run."""

SUBJECTS = {
    "birds": (
        ["Swifts sleep on the wing", "The needletail dives faster than any other bird in level flight", "Cranes gather on the flooded meadow",
         "A wren sings louder than its size allows", "Geese take turns at the head of the flock", "The owl hears a mouse beneath the snow"],
        ["Ringing stations have followed them for decades", "Their routes are learned from older birds", "Light loggers of half a gram showed it first",
         "Nobody had expected it before the radar pictures", "The young are fed every few minutes", "Late in summer the sky is suddenly empty"],
    ),
    "trains": (
        ["The night train to Lisbon leaves from platform nine", "A signal box controls eleven junctions", "Freight runs while the commuters sleep",
         "The viaduct carries two tracks over the valley", "Railway clocks made every town keep one time", "The dining car closes before the border"],
        ["Delays are announced in three languages", "The timetable has hardly changed in forty years", "A conductor checks the tickets by torchlight",
         "Snow on the points is the usual excuse", "The old locomotives stand in a museum now", "Passengers talk to each other when it stops"],
    ),
    "bread": (
        ["A sourdough needs flour, water and time", "Rye dough is sticky and must not be kneaded long", "Steam in the oven gives a thin crust",
         "Salt slows the yeast and strengthens the dough", "The baker scores each loaf with one cut", "Day-old bread makes the better toast"],
        ["The starter is fed every evening", "A cool night improves the taste", "It is ready when it sounds hollow",
         "Whole grain takes up more water", "The recipe is older than the village", "Nothing else is on the list"],
    ),
    "stars": (
        ["The telescope collects light from the early universe", "A pulsar keeps time better than a wristwatch", "Saturn's rings are thinner than they look",
         "The comet returns every seventy-six years", "Dust between the stars reddens their light", "An eclipse crosses the desert at noon"],
        ["Its mirror was polished for two years", "Amateurs found it with a small lens", "The data fill a warehouse of disks",
         "Astronomers argue about the distance", "From the city nothing of it can be seen", "The next chance comes in a decade"],
    ),
    "gardens": (
        ["Tomatoes want warmth at their roots", "Beans climb whatever stands beside them", "The compost heap steams on cold mornings",
         "Lavender feeds the bees until autumn", "Pruned in February, the apple tree bears well", "Slugs prefer the youngest lettuce"],
        ["Water in the evening, never at noon", "The soil is heavy clay", "A wall keeps off the north wind",
         "Seeds from last year still sprout", "The neighbour swears by nettle tea", "Everything is two weeks late"],
    ),
    "ships": (
        ["The schooner rounds the cape under reefed sails", "A lighthouse keeper wrote down every storm", "Container ships slow down to save fuel",
         "The harbour pilot climbs a rope ladder", "Knots were counted on a line with a log", "Barnacles cost a hull a tenth of its speed"],
        ["The logbook survived the wreck", "At dawn the fog lifts for an hour", "The tide decides when they leave",
         "The crew comes from nine countries", "Charts of that coast are still incomplete", "The horn is heard on the hills"],
    ),
}


def documents():
    """Rows as the API takes them: `id`, `text` and `metadata` with `topic`, `year` and `draft`."""
    rows = []
    for number, (topic, (firsts, seconds)) in enumerate(SUBJECTS.items()):
        for a, first in enumerate(firsts):
            for b, second in enumerate(seconds):
                place = len(rows)
                rows.append({
                    "id": f"{topic}-{a * 6 + b + 1:02}",
                    "text": f"{first}. {second}.",
                    "metadata": {"topic": topic, "year": 2001 + (place * 7 + number) % 24, "draft": place % 9 == 0},
                })
    return rows
