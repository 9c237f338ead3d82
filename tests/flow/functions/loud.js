'use strict';
// A handler that logs what its event orders, as it would be deployed to AWS.

exports.handler = async (event) => {
    const order = event.body === undefined ? event : JSON.parse(event.body);
    for (const [level, ...values] of order.log ?? []) console[level](...values);
    if (order.error) console.error(new RangeError(order.error));
    if (order.words) console.error('it was', new RangeError(order.words));
    if (order.circle) {
        const circle = {};
        circle.self = circle;
        console.log(circle);
    }
    if (order.fail) throw new RangeError(order.fail);
    return 'fine';
};
