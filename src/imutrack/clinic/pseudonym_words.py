"""The words of patient pseudonyms.

Chosen to be heard and typed right: 4 to 7 plain letters, known in many languages, nothing medical, nothing that can be
taken as a remark about a person, no first names. Any two words of both lists, taken together, lie at least two typing
slips apart (a slip is a wrong, missing or added letter, or two neighbours swapped), and two words of one list that lie
just two slips apart never share a check number; a test holds both. Words may be added. None may be removed or moved
between the lists: pseudonyms that are in use would stop being valid.
"""

from typing import Final

__all__ = ["FIRST", "SECOND"]

FIRST: Final = tuple(
    """
anchor arctic arrow badger banner barge basket beach beacon beagle bison blanket bobcat breeze bucket button
cabin caiman camel candle canoe canyon caribou carpet castle cheetah chisel citadel civet clipper cloud collie
comet compass condor cosmos cottage cougar coyote crayon creek crystal curlew cushion delta desert diary dingo
dolphin dome dragon dunlin easel egret falcon feather ferry finch folder forest funnel galaxy galleon garden
gazelle gecko giraffe glacier gondola gopher grebe grotto hamlet harrier helmet horizon ibis iguana impala inlet
island jackdaw jacket jaguar jigsaw jungle jupiter kayak kestrel ketch kettle kimono kinglet kiwi koala kudu
lagoon lantern lemur leopard linnet lizard llama lobster locket lynx macaw magnet magpie mallard manor mantis
marble marlin marmot marsh marten meadow meerkat mesa meteor mill mirror monsoon museum mustang narwhal nebula
neptune oasis ocean ocelot octopus okapi orbit oriole oryx osprey otter owlet oyster paddle pagoda palace panda
panther parrot pebble pelican pencil pendant penguin perch petrel picnic pillow pipit pixel planet plateau plaza
plover pond prairie puffin puma puzzle quail quilt quokka rabbit rainbow redwing reef ribbon ridge river rudder
sail salmon sardine satchel saturn scarf serval signal skylark sofa sparrow spindle spoon spring steppe stork
stream summit sunfish sunrise swan sweater tanager tapir tarpon teapot tern terrace terrier ticket tiger tinsel
toucan tower tractor trellis trolley trout tundra turbot valley vase velvet village wagtail wallaby wallet
warbler whistle window winter wolf wombat zander zebra
""".split()  # noqa: SIM905 - a block of words is easier to read and to check than 200 quoted ones
)

SECOND: Final = tuple(
    """
acacia acorn agave alder almond aloe apple apricot aster avocado azalea azure bagel ballad balsam bamboo banjo
barley basalt birch biscuit blossom bolero bonsai borage bramble bread briar brioche bronze buckeye cactus
canvas caramel cashew catkin cedar cello chalk chicory chive chutney citron citrus cobalt cocoa coconut coffee
conifer cookie copper cress crimson crocus currant cymbal cypress damask denim diamond dogwood emerald
endive flannel flax flint flute freesia fuchsia garnet gelato gentian ginkgo ginseng gold granite granola grape
gravel guava guitar harp hickory indigo kale karri ketchup lapis larch latte lattice lemon lentil lettuce lichen
lilac lime linen lotus lupin lyra magenta mallow mambo maple marimba maroon mauve mica millet mimosa mint mocha
mosaic moss muesli muslin mustard nectar nickel nougat nutmeg nylon oats oboe omelet opera orange orchid oregano
origami osier pancake paprika parsley parsnip pasta pastry pepper peridot pesto piano pine pizza polenta polka
pomelo poplar poplin pretzel prism privet quince quinoa radish ravioli redwood rhubarb rice ripple risotto rondo
rumba russet salsa samba satin sequoia shallot sherbet silver slate sonata sonnet sorrel soybean spinach spiral
spruce squash stencil strudel sundew syrup tango tapioca tartan teak tempo timpani titan tofu tomato topaz
truffle tulip turnip tweed ukulele umber vanilla vellum velour verbena vertex violin waffle walnut waltz wasabi
wattle wheat wicker yogurt yucca zinc zinnia zircon zither
""".split()  # noqa: SIM905 - a block of words is easier to read and to check than 200 quoted ones
)
